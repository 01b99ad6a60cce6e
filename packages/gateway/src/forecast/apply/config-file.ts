import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, copyFile, lstat, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Bilingual } from "../../admin/forecast-types.ts";

/** Bits of a file's mode that let anybody write it. */
const WRITABLE_BITS = 0o222;
/** Bits of a file's mode that say who may do what. */
const ALL_BITS = 0o777;
/** A draft is nobody else's before it has the mode of what it replaces. */
const OWNER_ONLY = 0o600;

/** Why a configuration file must not, or cannot, be written by the gateway; undefined where it can. Never rejects. */
export async function whyNotWritable(path: string): Promise<Bilingual | undefined> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return LINKED;
    if (!found.isFile() || (found.mode & WRITABLE_BITS) === 0) return READ_ONLY;
    await access(path, constants.W_OK);
    // The new text comes by renaming, which is the folder's to allow.
    await access(dirname(resolve(path)), constants.W_OK);
    return undefined;
  } catch {
    // Whatever the reason, it is for people to write it.
    return READ_ONLY;
  }
}

/** Where {@link replaceFile} keeps the text that was there before. */
export function backupOf(path: string): string {
  return `${path}.bak`;
}

/**
 * Exchanges a file's text in one step, so that nobody ever reads half of it, and keeps the old one beside it. Whose it is
 * and who may read it stays as it is.
 * @throws what the file system says; the old text is then still there
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  await copyFile(path, backupOf(path));
  await exchangeText(path, text);
}

/** Puts the text back that {@link replaceFile} found, in one step too. @throws what the file system says */
export async function restoreFile(path: string): Promise<void> {
  await exchangeText(path, await readFile(backupOf(path), "utf8"));
}

async function exchangeText(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await lstat(path);
  const draft = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    {
      await using file = await open(draft, "wx", OWNER_ONLY);
      const own = await file.stat();
      if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid);
      // Not by opening: the process's mask would take bits away.
      await file.chmod(mode & ALL_BITS);
      await file.writeFile(text);
      await file.sync();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

const LINKED: Bilingual = {
  en: "The file is a symbolic link, as Kubernetes mounts it: make the change where it comes from.",
  zh: "该文件是符号链接（如 Kubernetes 挂载的配置）：请在其来源处修改。",
};
const READ_ONLY: Bilingual = {
  en: "The gateway must not write the file or its folder: write the change yourself.",
  zh: "网关无权写入该文件或其所在目录：请自行修改。",
};
