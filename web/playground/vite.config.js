import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The operations of ../../schema/operations become tabs, so the build reads outside this folder.
export default defineConfig({
  plugins: [react()],
  server: { fs: { allow: ["../.."] } },
  build: { chunkSizeWarningLimit: 8000, sourcemap: false },
  worker: { format: "es" },
});
