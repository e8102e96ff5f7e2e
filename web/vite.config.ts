import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.WEIR_URL ?? "http://127.0.0.1:8080";

/** Everything that is not Vite's own goes to the server: Stream's paths have no common prefix. */
const notOurs = "^/(?!$|\\?|index\\.html|sw\\.js|src/|@|node_modules/|\\.vite/).*";

export default defineConfig({
  plugins: [react()],
  server: {
    host: "127.0.0.1",
    proxy: { [notOurs]: { target: server, ws: true } },
  },
  build: {
    // The two SDKs make one large chunk; it is cached for good under its hash.
    chunkSizeWarningLimit: 2500,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
  },
});
