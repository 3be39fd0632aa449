import { type Description, onlyArg } from "./part.ts";

export const COMPLETION = {
  name: "completion",
  args: "<shell>",
  description: "Print a script for bash, zsh or fish that completes commands, options and specs",
  parts: { shell: onlyArg((written = "") => written) },
} satisfies Description;
