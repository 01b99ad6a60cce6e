/** What a {@link ResponseReader} tells of a response. Bodies are ASCII here, so text stands for bytes. */
export interface ResponseListener {
  onHead(status: number): void;
  /** A piece of the body, without chunk framing. */
  onBody(text: string): void;
  onEnd(): void;
}

type Phase = "idle" | "head" | "sized" | "chunk-size" | "chunk" | "chunk-end" | "trailer";

/** Reads HTTP/1.1 responses, one at a time, from whatever pieces the socket gives. Small and quick, not lenient. */
export class ResponseReader {
  #listener: ResponseListener | undefined;
  #phase: Phase = "idle";
  #pending = "";
  /** Bytes of the body, or of the chunk at hand, that are still to come. */
  #left = 0;

  /** Expects a response. */
  expect(listener: ResponseListener): void {
    this.#listener = listener;
    this.#phase = "head";
  }

  get idle(): boolean {
    return this.#phase === "idle";
  }

  /** Takes what arrived. @throws Error for bytes that are no response, or that nobody asked for. */
  push(text: string): void {
    this.#pending = this.#pending === "" ? text : this.#pending + text;
    while (this.#pending !== "" && this.#step());
  }

  /** Takes one step; false when more bytes are needed. */
  #step(): boolean {
    switch (this.#phase) {
      case "idle":
        throw new Error(`Unasked bytes: ${this.#pending.slice(0, 80)}`);
      case "head":
        return this.#readHead();
      case "sized":
      case "chunk":
        return this.#readBody();
      case "chunk-size":
        return this.#readChunkSize();
      case "chunk-end":
        return this.#line((rest) => {
          if (rest !== "") throw new Error(`A chunk is longer than announced: ${rest.slice(0, 80)}`);
          this.#phase = "chunk-size";
        });
      case "trailer":
        return this.#line((rest) => {
          if (rest === "") this.#end();
        });
    }
  }

  #readHead(): boolean {
    const headEnd = this.#pending.indexOf("\r\n\r\n");
    if (headEnd < 0) return false;
    const head = this.#pending.slice(0, headEnd).toLowerCase();
    this.#pending = this.#pending.slice(headEnd + 4);
    if (!head.startsWith("http/1.1 ")) throw new Error(`Not a response: ${head.slice(0, 80)}`);
    this.#listener?.onHead(Number(head.slice(9, 12)));
    const length = /\r\ncontent-length: *(\d+)/.exec(head);
    if (length !== null) {
      this.#left = Number(length[1]);
      this.#phase = "sized";
      if (this.#left === 0) this.#end();
    } else if (head.includes("\r\ntransfer-encoding: chunked")) {
      this.#phase = "chunk-size";
    } else throw new Error("A response with neither length nor chunks.");
    return true;
  }

  #readBody(): boolean {
    const text = this.#pending.length > this.#left ? this.#pending.slice(0, this.#left) : this.#pending;
    this.#pending = this.#pending.slice(text.length);
    this.#left -= text.length;
    this.#listener?.onBody(text);
    if (this.#left === 0) {
      if (this.#phase === "sized") this.#end();
      else this.#phase = "chunk-end";
    }
    return true;
  }

  #readChunkSize(): boolean {
    return this.#line((line) => {
      this.#left = Number.parseInt(line, 16);
      if (Number.isNaN(this.#left)) throw new Error(`Not a chunk size: ${line.slice(0, 80)}`);
      this.#phase = this.#left === 0 ? "trailer" : "chunk";
    });
  }

  #line(take: (line: string) => void): boolean {
    const end = this.#pending.indexOf("\r\n");
    if (end < 0) return false;
    const line = this.#pending.slice(0, end);
    this.#pending = this.#pending.slice(end + 2);
    take(line);
    return true;
  }

  #end(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#phase = "idle";
    listener?.onEnd();
  }
}
