/** How fast admission falls and rises. */
export interface AdmissionShape {
  /** Classes of calls; the first is always admitted. */
  readonly classes: number;
  /** Time between two steps, in ms. */
  readonly stepMs: number;
  /** Share by which it falls in a step under pressure. */
  readonly fall: number;
  /** Share by which it rises in a step without. */
  readonly rise: number;
}

/**
 * Who is admitted, as one number after WeChat's DAGOR (Zhou et al., SoCC 2018): everybody has a position, the class
 * (0, 1, …) plus the cohort within it ([0, 1)), and those before the level are admitted. Under pressure the level
 * falls quickly, through the last class first; afterwards it rises slowly. It never falls into the first class.
 */
export class AdmissionLevel {
  readonly #shape: AdmissionShape;
  #level: number;
  #steppedAt = Number.NEGATIVE_INFINITY;
  /** Somebody was refused while less important ones were admitted; the next step goes down. */
  #isInverted = false;

  /** @throws RangeError for a shape that cannot work */
  constructor(shape: AdmissionShape) {
    const { classes, stepMs, fall, rise } = shape;
    if (!(classes >= 1 && stepMs > 0 && fall > 0 && fall < 1 && rise > 0)) {
      throw new RangeError(`Admission needs classes, times and shares above 0, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#level = classes;
  }

  /** Everybody is admitted. */
  get isOpen(): boolean {
    return this.#level >= this.#shape.classes;
  }

  /** Between 1 (only the first class) and the number of classes (everybody). */
  get level(): number {
    return this.#level;
  }

  admits(position: number): boolean {
    return position < this.#level;
  }

  /** Notes that a call of a class was refused for want of room: no reason to admit the classes after it. */
  noteRefusal(callClass: number): void {
    if (this.#level > callClass + 1) this.#isInverted = true;
  }

  /** Moves the level by the steps that are due. Time without a call counts as time without pressure. */
  observe(nowMs: number, underPressure: boolean): void {
    const { classes, stepMs, fall, rise } = this.#shape;
    const steps = Math.floor((nowMs - this.#steppedAt) / stepMs);
    if (steps < 1) return;
    this.#steppedAt = nowMs;
    const falls = underPressure || this.#isInverted;
    this.#isInverted = false;
    this.#level = falls ? Math.max(1, this.#level * (1 - fall)) : Math.min(classes, this.#level * (1 + rise) ** steps);
  }
}
