/**
 * Begins to load something at once, for whoever asks for it later. One that failed is loaded again for the next who
 * asks: a page may have been without a network for a moment.
 */
export function loadOnce<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined;
  const begin = () => {
    const begun = load();
    loading = begun;
    // Whoever asks is told of the failure; until then it is nobody's.
    begun.catch(() => {
      if (loading === begun) loading = undefined;
    });
    return begun;
  };
  void begin();
  return () => loading ?? begin();
}
