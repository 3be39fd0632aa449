import { expect, it } from "vitest";
import { createPainter } from "./painter.ts";

it("a painter lets only our own colours and our own progress bar through", () => {
  const { paint, clear, render } = createPainter("secret");
  expect(render(`${clear}${paint("OK \u001b[31m", "green")} \r\u001b[K`)).toBe(
    "\r\u001b[K\u001b[32mOK \\u001b[31m\u001b[39m \\u000d\\u001b[K",
  );
});
