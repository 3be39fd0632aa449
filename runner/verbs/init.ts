import { type Description, flag, onlyArg, type ValuesOf } from "./part.ts";

export const INIT = {
  name: "init",
  args: "[folder]",
  description: "A new project: specs, settings of the editor, a workflow for CI; overwrites nothing",
  parts: {
    folder: onlyArg((written = ".") => written),
    templates: flag("--templates", "Copy the templates too, to change them"),
  },
} satisfies Description;

export type InitOptions = ValuesOf<typeof INIT.parts>;
