import { connect, type Socket } from "node:net";
import { type ResponseListener, ResponseReader } from "./response-reader.ts";

/** Told of one exchange: its response, or that it failed. */
export interface ExchangeListener extends ResponseListener {
  /** The connection broke, or said what is no HTTP, before the response was whole. */
  onFailed(reason: string): void;
}

/** Where requests go. */
export interface Target {
  readonly port: number;
  /** Headers that this system needs beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request's bytes, made once and sent many times. */
export function requestBytes({ port, headers }: Target, body: string): Buffer {
  const lines = [
    "POST /v1/chat/completions HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Content-Type: application/json",
    "Authorization: Bearer bench",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** Every connection reads into the same bytes: what is read is taken out before the next read begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** One client connection, kept between exchanges and made anew when the other side closed it while it was idle. */
export class Connection {
  readonly #port: number;
  readonly #reader = new ResponseReader();
  #socket: Socket | undefined;
  #listener: ExchangeListener | undefined;

  constructor(target: Target) {
    this.#port = target.port;
  }

  /** Whether an exchange is under way. */
  get busy(): boolean {
    return this.#listener !== undefined;
  }

  /** Begins an exchange; the one before must have ended. */
  send(request: Buffer, listener: ExchangeListener): void {
    this.#listener = listener;
    this.#reader.expect({
      onHead: (status) => listener.onHead(status),
      onBody: (text) => listener.onBody(text),
      onEnd: () => {
        this.#listener = undefined;
        listener.onEnd();
      },
    });
    this.#socket ??= this.#open();
    this.#socket.write(request);
  }

  /** Ends the connection at once; an exchange under way is given up without a word. */
  destroy(): void {
    this.#listener = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = connect({
      port: this.#port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          if (this.#socket === socket) this.#take(READ_BUFFER.toString("latin1", 0, length));
          return true;
        },
      },
    });
    socket.on("error", (error) => this.#broken(socket, error.message));
    socket.on("close", () => this.#broken(socket, "The connection was closed."));
    return socket;
  }

  #take(text: string): void {
    try {
      this.#reader.push(text);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #broken(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#listener !== undefined) this.#fail(reason);
  }

  #fail(reason: string): void {
    const listener = this.#listener;
    this.destroy();
    listener?.onFailed(reason);
  }
}
