import { defineConfig } from "vite";

/**
 * Builds the dashboard for the path `/dashboard/` of the gateway: hashed files, nothing inline (the gateway's content
 * security policy allows no inline script or style and no `data:` address), nothing from elsewhere.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: "/dashboard/",
  resolve: { conditions: ["tideover-source", "module", "browser", "production"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../gateway/dist-dashboard",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "es2022",
    reportCompressedSize: false,
  },
});
