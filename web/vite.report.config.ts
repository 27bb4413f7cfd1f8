import { copyFileSync } from "node:fs";
import { defineConfig } from "vite";

const OUT = "../src/multipolar/report/built";

/** The live part of a report: one script without imports, which the report writes into its HTML, and the shapes beside it. */
export default defineConfig({
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    copyPublicDir: false,
    lib: { entry: "src/report/main.ts", name: "report", formats: ["iife"], fileName: () => "report.js" },
  },
  plugins: [
    {
      name: "shapes",
      closeBundle: () => copyFileSync("node_modules/world-atlas/countries-50m.json", `${OUT}/countries-50m.json`),
    },
  ],
});
