/**
 * SHA-256 of bytes, or of a text's UTF-8, as lower-case hex; synchronous. Injected: Node's own takes 2 us for a
 * kilobyte, and platforms that have none take the kernel `sha256`.
 */
export type Hash = (data: string | Uint8Array) => string;
