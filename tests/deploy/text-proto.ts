/** A value of a text protocol buffer: a message, a list, or a scalar (enumerations as their names). */
export type TextProto = string | number | boolean | readonly TextProto[] | { readonly [name: string]: TextProto };

const TOKEN = /\s+|#[^\n]*|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}[\]:,;]/y;

/**
 * Reads the text form of protocol buffers, as far as Triton's `config.pbtxt` uses it: scalars, messages, lists, comments.
 * @throws Error with the line of what is not that
 */
export function parseTextProto(text: string): Readonly<Record<string, TextProto>> {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at]?.text;
  const fail = (wanted: string): never => {
    const line = tokens[at]?.line ?? text.split("\n").length;
    throw new Error(`line ${line}: expected ${wanted}, got ${peek() ?? "the end"}`);
  };
  const take = (wanted: string) => (peek() === wanted ? at++ : fail(wanted));
  const message = (end: string | undefined): Record<string, TextProto> => {
    const fields: Record<string, TextProto> = {};
    while (peek() !== end) {
      const name = peek();
      if (name === undefined || !/^[A-Za-z_]/.test(name)) return fail("a field's name");
      at++;
      const nested = peek() === "{" || peek() === "[";
      if (!nested) take(":");
      fields[name] = value();
      if (peek() === "," || peek() === ";") at++;
    }
    if (end !== undefined) take(end);
    return fields;
  };
  const list = (): TextProto[] => {
    const items: TextProto[] = [];
    while (peek() !== "]") {
      items.push(value());
      if (peek() === ",") at++;
      else if (peek() !== "]") return fail(", or ]");
    }
    take("]");
    return items;
  };
  const value = (): TextProto => {
    const token = peek() ?? fail("a value");
    at++;
    if (token === "{") return message("}");
    if (token === "[") return list();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === "true" || token === "false") return token === "true";
    if (/^-?\d/.test(token)) return Number(token);
    if (/^[A-Za-z_]/.test(token)) return token;
    at--;
    return fail("a value");
  };
  return message(undefined);
}

function tokensOf(text: string): readonly { readonly text: string; readonly line: number }[] {
  const tokens: { text: string; line: number }[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const [token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new Error(`line ${line}: ${JSON.stringify(text[from])} has no place here`);
    if (!/^(\s|#)/.test(token)) tokens.push({ text: token, line });
    line += token.split("\n").length - 1;
  }
  return tokens;
}
