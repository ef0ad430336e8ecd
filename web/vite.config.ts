import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 0, modulePreload: false },
  test: { include: ["test/**/*.test.{ts,tsx}"] },
});
