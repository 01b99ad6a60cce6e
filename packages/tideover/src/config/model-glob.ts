/**
 * Whether a model name fits a route's `model`: `*` stands for any run of characters, `?` for one. The whole name must
 * fit; case counts, as it does for providers. Linear in the common case and never exponential (the last `*` alone is
 * taken back), because the name comes from callers.
 */
export function matchesModel(glob: string, model: string): boolean {
  let globAt = 0;
  let modelAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (modelAt < model.length) {
    const wanted = glob[globAt];
    if (wanted === "*") {
      starAt = globAt++;
      resumeAt = modelAt;
    } else if (wanted === "?" || wanted === model[modelAt]) {
      globAt++;
      modelAt++;
    } else if (starAt >= 0) {
      globAt = starAt + 1;
      modelAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === "*") globAt++;
  return globAt === glob.length;
}
