/** What is wrong with a request, and where. */
export interface RequestFlaw {
  readonly type: "request-flaw";
  readonly message: string;
  /** The place in the body: `messages[2].content[0].source`. */
  readonly param: string;
}

/** Collects what is wrong with a request while it is translated; the first flaw is the one that is told. */
export class RequestFlaws {
  #first: RequestFlaw | undefined;

  /** The first flaw; undefined: the request can be translated. */
  get first(): RequestFlaw | undefined {
    return this.#first;
  }

  /** @param message what is wrong and what would be right; the place is put before it. */
  note(param: string, message: string): void {
    this.#first ??= { type: "request-flaw", message: `\`${param}\` ${message}`, param };
  }
}
