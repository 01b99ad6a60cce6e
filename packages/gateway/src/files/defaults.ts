/** Largest file, in bytes: OpenAI's limit for a batch's input. */
export const MOST_FILE_BYTES = 200 * 1024 * 1024;
/** What the files of one tenant may take together, in bytes. */
export const MOST_TENANT_BYTES = 10 * 1024 ** 3;
/** Most files of one tenant. */
export const MOST_TENANT_FILES = 10_000;
/** How long a file is kept unless its owner says otherwise, in ms: OpenAI's 30 days for batches. */
export const FILE_KEEP_MS = 30 * 24 * 3_600_000;
/** Bounds of what the owner may say, in s: OpenAI's. */
export const LEAST_KEEP_S = 3_600;
export const MOST_KEEP_S = 2_592_000;
/** Files on one page of the list: unless said, and at most. */
export const FILES_PER_PAGE = 1_000;
export const MOST_FILES_PER_PAGE = 10_000;
/** Longest file name that is kept, in characters. */
export const MOST_NAME_LENGTH = 255;
/** Pieces in which a file is read for a caller, in bytes. */
export const READ_BYTES = 64 * 1024;
/** Longest head of a part of a form, and longest plain value, in bytes. */
export const MOST_PART_HEAD_BYTES = 16 * 1024;
export const MOST_FIELD_BYTES = 4 * 1024;
/** Most parts of a form. */
export const MOST_PARTS = 16;
/** Expired files that are removed at once. */
export const SWEEP_LIMIT = 100;
