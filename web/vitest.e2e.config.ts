import { defineConfig } from "vitest/config";

/** Specs share one machine with two cores and one browser each: they run one after another. */
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/*.spec.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
