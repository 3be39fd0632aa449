import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The quickest first: most mutants do not live long enough to meet a storm. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

const rankOf = ({ moduleId }: TestSpecification): number =>
  moduleId.endsWith("storm.test.ts") ? 2 : moduleId.includes("/test/model/") ? 1 : 0;

/** The fast tests, for mutation testing: few storms, and always the same. */
export default defineConfig({
  test: {
    include: ["runner/**/*.test.ts", "test/model/**/*.test.ts"],
    env: { QBO_STORMS: "60", QBO_SEED: "7" },
    testTimeout: 60_000,
    sequence: { sequencer: QuickFirst },
  },
});
