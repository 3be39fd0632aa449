import { type Description, flag, onlyArg, type ValuesOf } from "./part.ts";

export const INIT = {
  name: "init",
  args: "[folder]",
  description: "Create a project with specs, editor settings and a CI workflow; existing files are kept",
  parts: {
    folder: onlyArg((written = ".") => written),
    templates: flag("--templates", "Copy the templates too, so that you can change them"),
  },
} satisfies Description;

export type InitOptions = ValuesOf<typeof INIT.parts>;
