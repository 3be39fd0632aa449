import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["runner/**/*.test.ts", "simulator/**/*.test.ts", "test/*.test.ts"],
        },
      },
      { test: { name: "model", include: ["test/model/**/*.test.ts"], testTimeout: 300_000 } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: "test/support/global-setup.ts",
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/support/global-setup.ts",
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "mage",
          include: ["test/mage/**/*.test.ts"],
          globalSetup: "test/mage/support/global-setup.ts",
          testTimeout: 150_000,
          hookTimeout: 150_000,
        },
      },
    ],
  },
});
