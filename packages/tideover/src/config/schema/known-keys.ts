import { core } from "zod/mini";
import type { ConfigPath } from "../path.ts";

/** The schemas that a value at this schema may have: the forms of a union, without optional and read-as wrappers. */
function formsOf(schema: core.$ZodType): core.$ZodType[] {
  if (schema instanceof core.$ZodOptional) return formsOf(schema._zod.def.innerType);
  if (schema instanceof core.$ZodUnion) return schema._zod.def.options.flatMap(formsOf);
  if (schema instanceof core.$ZodPipe) return formsOf(schema._zod.def.in);
  return [schema];
}

function schemasAt(schema: core.$ZodType, path: ConfigPath): core.$ZodType[] {
  let schemas = formsOf(schema);
  for (const step of path) schemas = schemas.flatMap((form) => childSchemas(form, step));
  return schemas;
}

function childSchemas(form: core.$ZodType, step: string | number): core.$ZodType[] {
  if (form instanceof core.$ZodObject) {
    const child: core.$ZodType | undefined = Object.hasOwn(form._zod.def.shape, step)
      ? form._zod.def.shape[step]
      : undefined;
    return child === undefined ? [] : formsOf(child);
  }
  if (form instanceof core.$ZodArray) return formsOf(form._zod.def.element);
  if (form instanceof core.$ZodRecord) return formsOf(form._zod.def.valueType);
  return [];
}

/** The keys that a mapping at a path may have. */
export function keysOf(schema: core.$ZodType, path: ConfigPath): string[] {
  return schemasAt(schema, path).flatMap((form) =>
    form instanceof core.$ZodObject ? Object.keys(form._zod.def.shape) : [],
  );
}

/** One setting of the schema. */
export interface KnownSetting {
  /** `routes[].retry.attempts`, `providers.<name>.preset` */
  readonly path: string;
}

/** All settings that can be written, depth first. */
export function listSettings(schema: core.$ZodType, path = ""): KnownSetting[] {
  return formsOf(schema).flatMap((form) => {
    if (form instanceof core.$ZodObject) {
      return Object.entries<core.$ZodType>(form._zod.def.shape).flatMap(([key, child]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return [{ path: at }, ...listSettings(child, at)];
      });
    }
    if (form instanceof core.$ZodArray) return listSettings(form._zod.def.element, `${path}[]`);
    if (form instanceof core.$ZodRecord) return listSettings(form._zod.def.valueType, `${path}.<name>`);
    return [];
  });
}

/** Where else a key belongs: the mappings that know it. */
export function listPlaces(schema: core.$ZodType, key: string): string[] {
  const places = listSettings(schema).flatMap(({ path }) => {
    const cut = path.lastIndexOf(".");
    return cut > 0 && path.slice(cut + 1) === key ? [path.slice(0, cut)] : [];
  });
  return [...new Set(places)];
}
