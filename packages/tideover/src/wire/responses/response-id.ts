/** What the identifier of every response begins with; a job of that name keeps the request of a response. */
const PREFIX = "resp_";

/** The identifier of a response, from one that is unique: up to 60 characters, as stores of jobs take. */
export function responseId(unique: string): string {
  return `${PREFIX}${unique.replace(/[^A-Za-z0-9]/g, "")}`.slice(0, 60);
}

/** Whether an identifier is a response's. */
export function isResponseId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The identifier of one item of a response's output: the same in its events and in its document. */
export function itemId(kind: "rs" | "msg" | "fc", response: string, position: number): string {
  return `${kind}_${response.slice(PREFIX.length)}_${position}`;
}
