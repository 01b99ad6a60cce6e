import * as z from "zod";
import type { ConfigPath } from "../path.ts";

/** The schemas that a value at this schema may have: the forms of a union, without optional and read-as wrappers. */
function formsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional) return formsOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf);
  if (schema instanceof z.ZodPipe) return formsOf(schema.in);
  return [schema];
}

function schemasAt(schema: z.core.$ZodType, path: ConfigPath): z.core.$ZodType[] {
  let schemas = formsOf(schema);
  for (const step of path) schemas = schemas.flatMap((form) => childSchemas(form, step));
  return schemas;
}

function childSchemas(form: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (form instanceof z.ZodObject) {
    const child: z.core.$ZodType | undefined = Object.hasOwn(form.shape, step) ? form.shape[step] : undefined;
    return child === undefined ? [] : formsOf(child);
  }
  if (form instanceof z.ZodArray) return formsOf(form.element);
  if (form instanceof z.ZodRecord) return formsOf(form.valueType);
  return [];
}

/** The keys that a mapping at a path may have. */
export function keysOf(schema: z.ZodType, path: ConfigPath): string[] {
  return schemasAt(schema, path).flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
}

/** One setting of the schema. */
export interface KnownSetting {
  /** `routes[].retry.attempts`, `providers.<name>.preset` */
  readonly path: string;
  /** The description in the schema, if any. */
  readonly description: string | undefined;
}

/** All settings that can be written, depth first. */
export function listSettings(schema: z.core.$ZodType, path = ""): KnownSetting[] {
  return formsOf(schema).flatMap((form) => {
    if (form instanceof z.ZodObject) {
      return Object.entries<z.core.$ZodType>(form.shape).flatMap(([key, child]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return [{ path: at, description: z.globalRegistry.get(child)?.description }, ...listSettings(child, at)];
      });
    }
    if (form instanceof z.ZodArray) return listSettings(form.element, `${path}[]`);
    if (form instanceof z.ZodRecord) return listSettings(form.valueType, `${path}.<name>`);
    return [];
  });
}

/** Where else a key belongs: the mappings that know it. */
export function listPlaces(schema: z.ZodType, key: string): string[] {
  const places = listSettings(schema).flatMap(({ path }) => {
    const cut = path.lastIndexOf(".");
    return cut > 0 && path.slice(cut + 1) === key ? [path.slice(0, cut)] : [];
  });
  return [...new Set(places)];
}
