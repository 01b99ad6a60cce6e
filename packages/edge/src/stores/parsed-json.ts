/** What a text says, undefined for one that is no JSON: a damaged entry is as if it were not there. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
