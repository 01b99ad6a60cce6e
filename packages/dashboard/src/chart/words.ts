import { words } from "../language/language.tsx";

export const chartWords = words({
  en: { asTable: "As a table", time: "Time" },
  zh: { asTable: "以表格显示", time: "时间" },
});
