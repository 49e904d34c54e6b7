import { defineConfig } from "vite";

// The service that the development server asks; the built console is served by the service itself.
const service = process.env.TALLYSCAN_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/console/",
  build: { outDir: "../tallyscan/web/static", emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 },
  server: { proxy: { "/v1": service, "/healthz": service, "/console/words": service } },
});
