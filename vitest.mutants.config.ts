import { defineConfig } from "vitest/config";

/** The fast tests, for mutation testing: few storms, and always the same. */
export default defineConfig({
  test: {
    include: ["runner/**/*.test.ts", "test/model/**/*.test.ts"],
    env: { QBO_STORMS: "60", QBO_SEED: "7" },
    testTimeout: 60_000,
  },
});
