import { basename, join, resolve } from "node:path";
import { PACKAGE_ROOT, readProjectSchema, readSpecSchema } from "../files/package-files.ts";
import { createText, listFolder, readText } from "../files/read-files.ts";
import { PROJECT_FILES } from "../project/project-files.ts";
import type { InitOptions } from "../verbs/init.ts";
import type { Context } from "./context.ts";

/** Creates a project in a folder. Existing files are kept. */
export function init({ folder, templates }: InitOptions, { cwd, io }: Context): number {
  const root = resolve(cwd, folder);
  for (const [file, text] of filesOf(templates)) {
    const isNew = createText(join(root, file), text);
    io.out(`${isNew ? "created" : "kept   "}  ${file}\n`);
  }
  const enter = root === resolve(cwd) ? "" : `cd ${folder}\n  `;
  io.out(`
What to do now:
  ${enter}cp .env.example .env        # then fill it in, or add --demo to qbo run
  qbo validate
  qbo run --from 2026-01-01
`);
  return 0;
}

function filesOf(withTemplates: boolean): [string, string][] {
  const packaged = (path: string): string => readText(join(PACKAGE_ROOT, path), PACKAGE_ROOT).text;
  const specs = listFolder(join(PACKAGE_ROOT, "entities")).map((name): [string, string] => [
    `entities/${name}`,
    withSchema(packaged(`entities/${name}`), "../.vscode/entity.schema.json"),
  ]);
  const templates = withTemplates ? listFolder(join(PACKAGE_ROOT, "templates")) : [];
  return [
    ...Object.entries(PROJECT_FILES),
    [".vscode/entity.schema.json", textOf(readSpecSchema())],
    [".vscode/project.schema.json", textOf(readProjectSchema())],
    ...specs,
    ...templates.map((name): [string, string] => [
      `templates/${basename(name)}`,
      packaged(`templates/${name}`),
    ]),
  ];
}

/** Replaces the path in the comment by which editors find the schema: it differs between this package and a project. */
const withSchema = (text: string, path: string): string =>
  text.replace(/^# yaml-language-server: .*\n/, `# yaml-language-server: $schema=${path}\n`);

const textOf = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
