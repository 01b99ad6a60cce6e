/**
 * What an exchange does next. A response is written as a script of such steps, made one by one as time goes on,
 * so that it can be endless, paused and given up at any step.
 */
export type Step =
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "write"; readonly text: string; readonly tokens: number }
  | ClosingStep;

/** The end of an exchange. */
export interface ClosingStep {
  readonly type: "end" | "drop" | "reset";
  /** It was a good answer. */
  readonly whole: boolean;
  /** The provider closed it because it had not started in time. */
  readonly expired?: boolean;
}

/** The steps of a response's body. */
export type Script = Generator<Step, void>;

export const wait = (ms: number): Step => ({ type: "wait", ms });
export const write = (text: string, tokens = 0): Step => ({ type: "write", text, tokens });
export const end = (whole: boolean): Step => ({ type: "end", whole });
/** The end of a response that had not started within the provider's limit. */
export const expire = (): Step => ({ type: "end", whole: false, expired: true });
