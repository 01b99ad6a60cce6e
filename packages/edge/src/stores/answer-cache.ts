/** What is used of a cache of the Cache API, by address; the platforms' own fit. */
export interface AnswerCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  /** @returns whether there was something */
  delete(url: string): Promise<boolean>;
}
