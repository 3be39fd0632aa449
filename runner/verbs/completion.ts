import { type Description, onlyArg } from "./part.ts";

export const COMPLETION = {
  name: "completion",
  args: "<shell>",
  description: "A script that completes commands, options and specs: bash, zsh or fish",
  parts: { shell: onlyArg((written = "") => written) },
} satisfies Description;
