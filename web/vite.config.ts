import { defineConfig } from "vite";
import { svelte } from "@sveltejs/vite-plugin-svelte";

// A node whose screens are being worked on: `COMITY_NODE=http://127.0.0.1:6180 npm run dev`.
const node = process.env["COMITY_NODE"] ?? "http://127.0.0.1:6180";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // No `data:` addresses and no inline helper: the Content-Security-Policy of the node allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { "/api": { target: node, changeOrigin: false } } },
});
