/** Loaded before a page's program: what goes to DeepSeek's own host goes to the simulated provider. */
const upstream = process.env.DOCS_UPSTREAM;
if (upstream === undefined) throw new Error("DOCS_UPSTREAM names the simulated provider.");
const real = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const address = input instanceof Request ? input.url : `${input}`;
  if (!address.startsWith("https://api.deepseek.com")) return real(input, init);
  const there = address.replace("https://api.deepseek.com", upstream);
  return real(input instanceof Request ? new Request(there, input) : there, init);
};
