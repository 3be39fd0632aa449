import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Runs the quickest tests first: most mutants are found before a storm test runs. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

const rankOf = ({ moduleId }: TestSpecification): number =>
  moduleId.endsWith("storm.test.ts") ? 2 : moduleId.includes("/test/model/") ? 1 : 0;

/** The fast tests, for mutation testing, with few storms and always the same ones. */
export default defineConfig({
  test: {
    include: ["runner/**/*.test.ts", "test/model/**/*.test.ts"],
    env: { QBO_STORMS: "60", QBO_SEED: "7" },
    testTimeout: 60_000,
    sequence: { sequencer: QuickFirst },
  },
});
