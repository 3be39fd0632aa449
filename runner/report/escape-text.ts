/** Escapes a text for a workflow command of GitHub. */
export const workflowText = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** Escapes a property of a workflow command of GitHub. */
export const workflowProperty = (text: string): string =>
  workflowText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
/** Characters that XML 1.0 does not allow, not even escaped. */
const NOT_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Escapes a text for an element or an attribute of XML. Characters that XML does not allow are replaced. */
export const xmlText = (text: string): string =>
  text.replaceAll(NOT_IN_XML, "\uFFFD").replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
