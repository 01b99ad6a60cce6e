import type { AnswerShape } from "../faults/fault-effect.ts";

/** How events and signs of life are written on a stream, and a document as a whole. */
export interface Framing {
  /** Before everything else. */
  readonly start: string;
  /** A comment, for streams. */
  readonly comment: string;
  /** A blank line, for documents. */
  readonly blank: string;
  event(data: string): string;
  document(json: string): string;
}

const plain: Framing = {
  start: "",
  comment: ": keep-alive\n\n",
  blank: "\n",
  event: (data) => `data: ${data}\n\n`,
  document: (json) => json,
};

const crlf: Framing = {
  ...plain,
  comment: ": keep-alive\r\n\r\n",
  blank: "\r\n",
  event: (data) => `data: ${data}\r\n\r\n`,
  document: (json) => `\r\n\r\n${json}\r\n`,
};

const multiLine: Framing = {
  ...plain,
  event: (data) => {
    const lines = data.startsWith("{") ? indented(data).split("\n") : [data];
    return `${lines.map((line) => `data: ${line}\n`).join("")}\n`;
  },
  document: indented,
};

function indented(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 1);
}

/** The layout of a shape; compression and byte-wise writing are not layouts and leave it plain. */
export function framingOf(shape: AnswerShape): Framing {
  switch (shape.framing) {
    case "crlf":
      return crlf;
    case "bom":
      return { ...plain, start: "\ufeff" };
    case "multi-line-data":
      return multiLine;
    default:
      return plain;
  }
}
