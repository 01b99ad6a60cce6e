/** What is used of a Workers KV namespace; the bindings of the platform fit. */
export interface KvNamespace {
  get(key: string, type: "text"): Promise<string | null>;
  put(
    key: string,
    value: string,
    /** Seconds, and what stands beside the value and comes with a listing: 1,024 bytes of it as JSON. */
    options: { readonly expirationTtl: number; readonly metadata?: object },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: { readonly prefix: string; readonly cursor?: string }): Promise<KvList>;
}

/** One page of a listing. */
export interface KvList {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}
