/** Answers whose JSON text is longer are compressed, in bytes. Shorter ones gain less than the call costs. */
export const COMPRESS_ABOVE_BYTES = 1_024;
/**
 * zstd's level: 1 halves what the default 3 costs and is a few percent larger; the events of a stream repeat themselves
 * so much that either leaves a tenth or less.
 */
export const COMPRESSION_LEVEL = 1;
/**
 * What is compressed comes in pieces of so many bytes, each allocated for its answer alone: 8 KiB hold nearly every answer
 * as a whole, where Node's own 64 KiB are eight times as much garbage, and outside of the JavaScript heap.
 */
export const COMPRESSED_PIECE_BYTES = 8 * 1_024;
/** What one answer may unfold to, in bytes: above anything that the layer stores, below what harms the process. */
export const MAX_UNFOLDED_BYTES = 64 * 1024 * 1024;
/** Size of the answers' file before old ones give way, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024 * 1024;
/** The share of the bound that is left after old answers gave way, so that not every write has to make room. */
export const ROOM_LEFT_SHARE = 0.9;
/** The size is looked at again when this share of the bound has been written. */
export const LOOK_AFTER_SHARE = 0.01;
/** Answers removed in one statement, by expiry, age or purge: others write in between. */
export const REMOVE_AT_ONCE = 200;
