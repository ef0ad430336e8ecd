import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 0 },
  server: {
    port: 5173,
    // The edge serves the API while Vite serves the page.
    proxy: { "/api": { target: process.env["CAMPANA_EDGE"] ?? "http://localhost:8787", ws: true } },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"] },
});
