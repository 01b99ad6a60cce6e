import { deflateRawSync, inflateRawSync } from "node:zlib";
import { BUCKETS, type Histogram } from "../metrics/log-buckets.ts";
import { emptyRecord, type Figures, figuresOf, type HistoryRecord } from "./history-record.ts";

/** First byte of a kept step: the form that follows. */
const PLAIN = 1;
const DEFLATED = 2;
/** Shorter ones are not worth a deflate. */
const DEFLATE_FROM = 200;
/** The most that a kept step may unfold to, in bytes: a damaged row must not take all memory. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * A step as bytes: whole numbers in seven bits a byte, of histograms only the buckets that counted something, and
 * deflated where that helps. Ten routes and ten busy providers take 1 to 2 KB.
 */
export function encodeRecord({ routes, providers }: HistoryRecord): Uint8Array {
  const bytes: number[] = [PLAIN];
  writeSeries(bytes, routes);
  writeSeries(bytes, providers);
  const plain = Uint8Array.from(bytes);
  if (plain.length < DEFLATE_FROM) return plain;
  const deflated = deflateRawSync(plain.subarray(1), { level: 6 });
  const framed = new Uint8Array(deflated.length + 1);
  framed[0] = DEFLATED;
  framed.set(deflated, 1);
  return framed.length < plain.length ? framed : plain;
}

/** A kept step. @returns undefined for bytes of another form or damaged ones: that step is as if it were not there */
export function decodeRecord(bytes: Uint8Array): HistoryRecord | undefined {
  try {
    if (bytes[0] === PLAIN) return read(bytes.subarray(1));
    if (bytes[0] !== DEFLATED) return undefined;
    return read(inflateRawSync(bytes.subarray(1), { maxOutputLength: MOST_BYTES }));
  } catch {
    // A row that cannot be read is a gap in a chart; everything else can still be shown.
    return undefined;
  }
}

function writeSeries(bytes: number[], series: ReadonlyMap<string, Figures>): void {
  writeNumber(bytes, series.size);
  for (const [name, { counts, histograms }] of series) {
    const text = new TextEncoder().encode(name);
    writeNumber(bytes, text.length);
    for (const byte of text) bytes.push(byte);
    writeNumber(bytes, counts.length);
    for (const value of counts) writeNumber(bytes, value);
    writeNumber(bytes, histograms.length);
    for (const histogram of histograms) writeHistogram(bytes, histogram);
  }
}

/** The sum in ms, how many buckets, then for each the distance from the one before and its count. */
function writeHistogram(bytes: number[], { sum, buckets }: Histogram): void {
  writeNumber(bytes, sum);
  writeNumber(bytes, buckets.length / 2);
  let before = 0;
  for (let at = 0; at < buckets.length; at += 2) {
    const bucket = buckets[at] ?? 0;
    writeNumber(bytes, bucket - before);
    writeNumber(bytes, buckets[at + 1] ?? 0);
    before = bucket;
  }
}

/** LEB128, for whole numbers up to 2^53. */
function writeNumber(bytes: number[], value: number): void {
  let rest = Math.max(0, Math.round(value));
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function read(bytes: Uint8Array): HistoryRecord {
  const record = emptyRecord();
  const reader = new Reader(bytes);
  readSeries(reader, record.routes);
  readSeries(reader, record.providers);
  return record;
}

function readSeries(reader: Reader, into: Map<string, Figures>): void {
  for (let left = reader.number(); left > 0; left--) {
    const figures = figuresOf(into, reader.text());
    for (let counts = reader.number(); counts > 0; counts--) figures.counts.push(reader.number());
    const histograms = reader.number();
    for (let at = 0; at < histograms; at++) figures.histograms.push(readHistogram(reader));
  }
}

function readHistogram(reader: Reader): Histogram {
  const sum = reader.number();
  const buckets: number[] = [];
  let bucket = 0;
  let count = 0;
  for (let left = reader.number(); left > 0; left--) {
    bucket += reader.number();
    if (bucket >= BUCKETS) throw new RangeError("The step has a bucket that is not known.");
    const value = reader.number();
    buckets.push(bucket, value);
    count += value;
  }
  return { count, sum, buckets };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws RangeError past the end */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("The step ends too early.");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.number();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("The step ends too early.");
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return text;
  }
}
