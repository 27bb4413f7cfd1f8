import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "../src/multipolar/web/built",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target: "http://localhost:8009", changeOrigin: true } } },
});
