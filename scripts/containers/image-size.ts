import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Engine } from "./engine.ts";

/** The size of each layer of an image, gzipped as a registry stores it and a machine fetches it, in bytes, base first. */
export async function layerSizes(engine: Engine, image: string): Promise<readonly number[]> {
  const place = mkdtempSync(join(tmpdir(), "tideover-image-"));
  try {
    const archive = join(place, "image.tar");
    await engine.docker(["save", "--output", archive, image]);
    execFileSync("tar", ["--extract", "--file", archive, "--directory", place]);
    const sizes: number[] = [];
    for (const layer of layersOf(readFileSync(join(place, "manifest.json"), "utf8"))) {
      sizes.push(await gzippedSize(join(place, layer)));
    }
    return sizes;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The files of an image's layers, from the manifest of a saved image. @throws Error when it holds not just one image */
export function layersOf(manifest: string): readonly string[] {
  const images = JSON.parse(manifest) as readonly { readonly Layers: readonly string[] }[];
  const [image] = images;
  if (image === undefined || images.length > 1) throw new Error(`${images.length} images were saved, not 1`);
  return image.Layers;
}

/** How many bytes a file has after gzip at its default level. */
export async function gzippedSize(path: string): Promise<number> {
  let bytes = 0;
  await pipeline(createReadStream(path), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) bytes += chunk.length;
  });
  return bytes;
}
