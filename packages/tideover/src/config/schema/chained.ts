/**
 * The schema library's small form (`zod/mini`, a third of the size: the SDK runs in pages) in the chained style of its
 * large one, so that a setting is written on one line: `z.int().min(1).max(100).optional()`. Only what the
 * configuration needs is here. What settings are for stands in `../descriptions`: a page has no use for it.
 */
import * as mini from "zod/mini";

type AnySchema = mini.core.$ZodType;
type Output<Schema extends AnySchema> = mini.core.output<Schema>;

/** A schema of the small form, with the methods that the configuration is written with. Each gives a new schema. */
export type Chained<Schema extends AnySchema> = Schema & ChainMethods<Schema>;

interface ChainMethods<Schema extends AnySchema> {
  optional(): Chained<mini.ZodMiniOptional<Schema>>;
  /** Keywords for the JSON Schema. */
  meta(keywords: Readonly<Record<string, unknown>>): Chained<Schema>;
  /** The least number, length or count. */
  min(least: number, message?: string): Chained<Schema>;
  /** The largest number, length or count. */
  max(most: number, message?: string): Chained<Schema>;
  /** Above a number. */
  gt(number: number): Chained<Schema>;
  regex(pattern: RegExp, message: string | { readonly error: string }): Chained<Schema>;
  superRefine(check: (value: Output<Schema>, context: CheckContext) => void): Chained<Schema>;
  /** What is read becomes something else. */
  transform<Result>(
    read: (value: Output<Schema>, context: CheckContext) => Result,
  ): Chained<mini.ZodMiniPipe<Schema, mini.ZodMiniTransform<Awaited<Result>, Output<Schema>>>>;
  safeParse(
    value: unknown,
    settings?: { readonly error?: mini.core.$ZodErrorMap },
  ): { success: true; data: Output<Schema> } | { success: false; error: mini.core.$ZodError };
}

/** Where a check says what is wrong. */
export interface CheckContext {
  readonly issues: { push(issue: { code: "custom"; message: string; input: unknown }): unknown };
}

/** What any schema is, as this module handles it. */
type Plain = mini.ZodMiniType;

/** Gives a schema its methods. They see the schema that they are called on, so that copies of it have them too. */
function chained<Schema extends AnySchema>(schema: Schema): Chained<Schema> {
  const plain = schema as unknown as Plain;
  const checked = (check: unknown) => chained(kept(plain, plain.check(check as mini.core.$ZodCheck<unknown>)));
  const kind = plain.def.type;
  const methods = {
    optional: () => chained(mini.optional(plain)),
    meta: (keywords: Readonly<Record<string, unknown>>) => annotated(plain, keywords),
    min: (least: number, message?: string) =>
      checked(kind === "number" ? mini.gte(least, message) : mini.minLength(least, message)),
    max: (most: number, message?: string) =>
      checked(kind === "number" ? mini.lte(most, message) : mini.maxLength(most, message)),
    gt: (number: number) => checked(mini.gt(number)),
    regex: (pattern: RegExp, message: string | { readonly error: string }) => checked(mini.regex(pattern, message)),
    superRefine: (check: (value: unknown, context: CheckContext) => void) =>
      checked(mini.check((payload) => check(payload.value, payload as unknown as CheckContext))),
    transform: (read: (value: unknown, context: CheckContext) => unknown) =>
      chained(
        mini.pipe(
          plain,
          mini.transform((value: unknown, payload) => read(value, payload as unknown as CheckContext)),
        ),
      ),
  };
  return Object.assign(schema, methods) as unknown as Chained<Schema>;
}

/** A copy of a schema with further keywords. */
function annotated(schema: Plain, keywords: Readonly<Record<string, unknown>>): Chained<Plain> {
  const copy = schema.clone();
  mini.globalRegistry.add(copy, { ...mini.globalRegistry.get(schema), ...keywords });
  return chained(copy);
}

/** A check makes a copy; what was said of the schema is true of it too. */
function kept(schema: Plain, copy: Plain): Plain {
  const keywords = mini.globalRegistry.get(schema);
  if (keywords !== undefined) mini.globalRegistry.add(copy, keywords);
  return copy;
}

/** Text. @param settings `error` gives the words for what is no text */
export function string(settings?: { readonly error: (issue: { readonly input?: unknown }) => string }) {
  return chained(settings === undefined ? mini.string() : mini.string({ error: settings.error }));
}
export const number = () => chained(mini.number());
/** A whole number. */
export const int = () => chained(mini.int());
export const boolean = () => chained(mini.boolean());
export const literal = <const Value extends string>(value: Value) => chained(mini.literal(value));
const oneOf = <const Words extends readonly string[]>(words: Words) => chained(mini.enum(words));

export { oneOf as enum };
export const array = <Entry extends AnySchema>(entry: Entry) => chained(mini.array(entry));
export const record = <Key extends mini.core.$ZodRecordKey, Value extends AnySchema>(key: Key, value: Value) =>
  chained(mini.record(key, value));
export const union = <const Forms extends readonly AnySchema[]>(forms: Forms) => chained(mini.union(forms));
/** A mapping with these keys and no others. */
export const strictObject = <const Shape extends mini.core.$ZodLooseShape>(shape: Shape) =>
  chained(mini.strictObject(shape));
export const custom = <Value>(accepts: (value: unknown) => boolean, message: string) =>
  chained(mini.custom<Value>(accepts, message));

/** A value that is not used, because an issue was reported. */
export const NEVER: never = mini.NEVER;

export type ZodType = AnySchema;
export type output<Schema extends AnySchema> = mini.core.output<Schema>;
