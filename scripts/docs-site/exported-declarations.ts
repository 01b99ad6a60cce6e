import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A name that a module gives to those who import it, as its source has it. */
export interface ExportedDeclaration {
  readonly name: string;
  /** The text of the comment before it, without its stars; empty where there is none. */
  readonly comment: string;
  /** What a caller must know of it: no bodies of functions, no private members. */
  readonly signature: string;
}

type Program = ReturnType<typeof parseAst>;
type Statement = Program["body"][number];
type Declaration = NonNullable<Extract<Statement, { type: "ExportNamedDeclaration" }>["declaration"]>;
type ClassDeclaration = Extract<Declaration, { body: { type: "ClassBody" } }>;
type Member = ClassDeclaration["body"]["body"][number];

/** A source, and what the parser makes of it. */
interface Parsed {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
}

/**
 * Everything that a module exports, its own and what it passes on from relative modules, in the order of its source.
 * @param path of a TypeScript module
 * @throws Error for what cannot be followed to its declaration
 */
export function exportedDeclarations(path: string): readonly ExportedDeclaration[] {
  const module = parsed(path);
  return module.program.body.flatMap((statement) => {
    if (statement.type === "ExportAllDeclaration") return exportedDeclarations(next(module, statement.source.value));
    if (statement.type !== "ExportNamedDeclaration") return [];
    if (statement.declaration !== null) {
      const { declaration } = statement;
      return namesOf(declaration).map((name) => described(module, name, statement.start, declaration));
    }
    return statement.specifiers.map(({ local, exported }) => {
      const from = statement.source === null ? module : parsed(next(module, statement.source.value));
      return { ...declarationOf(from, nameIn(local)), name: nameIn(exported) };
    });
  });
}

function declarationOf(module: Parsed, name: string): ExportedDeclaration {
  for (const statement of module.program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration !== null && namesOf(declaration).includes(name)) {
      return described(module, name, statement.start, declaration as Declaration);
    }
  }
  const passedOn = exportedDeclarations(module.path).find((one) => one.name === name);
  if (passedOn === undefined) throw new Error(`${module.path} does not declare ${name}.`);
  return passedOn;
}

function parsed(path: string): Parsed {
  const text = readFileSync(path, "utf8");
  return { path, text, program: parseAst(text, { lang: "ts" }) };
}

function next(module: Parsed, specifier: string): string {
  if (!specifier.startsWith("."))
    throw new Error(`${module.path} passes on ${specifier}, which is not a relative module.`);
  return resolve(dirname(module.path), specifier);
}

function nameIn(name: { readonly type: string }): string {
  if (name.type !== "Identifier") throw new Error(`An export's name is an identifier, not a ${name.type}.`);
  return (name as { readonly type: string; readonly name: string }).name;
}

/** The names that a statement declares. */
function namesOf(declaration: Declaration | Statement): readonly string[] {
  switch (declaration.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return declaration.id === null ? [] : [nameIn(declaration.id)];
    case "VariableDeclaration":
      return declaration.declarations.map(({ id }) => nameIn(id));
    default:
      return [];
  }
}

function described(module: Parsed, name: string, start: number, declaration: Declaration): ExportedDeclaration {
  const signature = signatureOf(module.text, declaration).replace(/^export (?:default )?/, "");
  return { name, comment: commentBefore(module.text, start), signature };
}

function signatureOf(text: string, declaration: Declaration): string {
  switch (declaration.type) {
    case "FunctionDeclaration":
      return upTo(text, declaration.start, declaration.body?.start ?? declaration.end);
    case "ClassDeclaration": {
      const head = text.slice(declaration.start, declaration.body.start);
      return `${head}{\n${declaration.body.body.flatMap((member) => memberOf(text, member)).join("\n")}\n}`;
    }
    case "VariableDeclaration": {
      const [first] = declaration.declarations;
      const isTyped = first?.id.type === "Identifier" && first.id.typeAnnotation != null;
      return isTyped ? upTo(text, declaration.start, first.id.end) : text.slice(declaration.start, declaration.end);
    }
    default:
      return text.slice(declaration.start, declaration.end);
  }
}

/** A member that callers see, with its comment; nothing for a private one. */
function memberOf(text: string, member: Member): readonly string[] {
  // A computed name is a brand, by which copies of the library know each other.
  if (!("key" in member) || member.key?.type === "PrivateIdentifier" || member.computed) return [];
  if ("accessibility" in member && member.accessibility === "private") return [];
  const body = "value" in member && member.value !== null && "body" in member.value ? member.value.body : undefined;
  const comment = /[ \t]*\/\*\*(?:(?!\*\/).)*\*\/\s*$/s.exec(text.slice(0, member.start))?.[0].trimEnd();
  const signature = `  ${upTo(text, member.start, body?.start ?? member.end)}`;
  return comment === undefined ? [signature] : [`${comment.replace(/^\n+/, "")}\n${signature}`];
}

const upTo = (text: string, start: number, end: number): string =>
  `${text.slice(start, end).trimEnd().replace(/;$/, "")};`;

function commentBefore(text: string, start: number): string {
  const [, inside = ""] = /\/\*\*((?:(?!\*\/).)*)\*\/\s*$/s.exec(text.slice(0, start)) ?? [];
  return inside
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}
