import { isAbsolute, relative, sep } from "node:path";

/** A path as shown to people: relative with slashes if it lies inside the working folder, otherwise absolute. */
export function displayPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path.split(sep).join("/");
}
