const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const FIRST_PRINTABLE = 0x20;
const FIRST_BEYOND_ASCII = 0x80;

/** Looks through the bytes of a JSON string, without making a text of them. One object serves for many strings. */
export class StringScan {
  /** Where its closing quote is. */
  end = 0;
  /** It has no escapes, and what its characters are is known: its bytes are its text. */
  isPlain = true;
  /** It has a character, among those whose kind is known, that is no white space. */
  saysSomething = false;

  /** @returns whether from `start` on there are UTF-8 characters that a JSON string may have (RFC 8259), and a quote. */
  read(bytes: Uint8Array, start: number): boolean {
    this.isPlain = true;
    this.saysSomething = false;
    let at = start;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      if (byte === undefined || byte < FIRST_PRINTABLE) return false;
      if (byte >= FIRST_BEYOND_ASCII) {
        at = lastOfCharacter(bytes, at);
        if (at < 0) return false;
        if (isIdeograph(byte)) this.saysSomething = true;
        else this.isPlain = false;
      } else if (byte === BACKSLASH) {
        // What it escapes is looked at by whoever reads the text.
        this.isPlain = false;
        at++;
      } else if (byte !== SPACE) this.saysSomething = true;
    }
    this.end = at;
    return true;
  }
}

/** Where the last byte of a character beyond ASCII is that begins at `at` (Unicode 16, table 3-7); negative: it is none. */
function lastOfCharacter(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const last = at + (lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3);
  const second = bytes[at + 1] ?? 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return -1;
  for (let next = at + 2; next <= last; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return -1;
  return last;
}

/** Whether a character with this first byte of UTF-8 lies between U+4000 and U+9FFF: there is no white space among those. */
function isIdeograph(lead: number): boolean {
  return lead >= 0xe4 && lead <= 0xe9;
}
