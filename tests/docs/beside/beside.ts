/** What runs beside a block of a page while it is executed; ended by `await using`. */
export interface Beside extends AsyncDisposable {
  /** Texts of the block, each with what is run in its place: the addresses of what runs here. */
  readonly inPlaceOf: readonly (readonly [string, string])[];
  /** Looks, after the block has run, whether what the page promises is so. @throws where it is not */
  readonly prove: () => void | Promise<void>;
}
