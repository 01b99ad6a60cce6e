/**
 * The words that simulated answers are made of. They hold on purpose what breaks careless code: characters outside
 * the basic plane, emoji joined from several characters, variation selectors, flags, and words that repeat often,
 * so that an overlap search can be misled.
 */
export const CHINESE_WORDS: readonly string[] = [
  "潮水",
  "正在",
  "上涨",
  "服务",
  "繁忙",
  "请求",
  "我们",
  "仍然",
  "可以",
  "回答",
  "问题",
  "首先",
  "然后",
  "因此",
  "水位",
  "港口",
  "的",
  "了",
  "在",
  "和",
  "是",
  "等待",
  "队列",
  "模型",
  "文本",
  "价格",
  "商品",
  "轻便",
  "耐用",
  "𠮷",
  "𩸽",
  "每天",
];

/** Each begins with its space, as the tokens of a real vocabulary do. */
export const ENGLISH_WORDS: readonly string[] = [
  " the",
  " tide",
  " is",
  " rising",
  " and",
  " the",
  " queue",
  " grows",
  " but",
  " every",
  " request",
  " finds",
  " an",
  " answer",
  " before",
  " its",
  " deadline",
  " harbour",
  " light",
  " of",
  " a",
  " naïve",
  " café",
  ' "quoted"',
  " back\\slash",
  " model",
  " small",
  " words",
  " repeat",
  " repeat",
];

export const EMOJI: readonly string[] = ["🌊", "🚢", "👩‍💻", "🇨🇳", "❤️", "🧑🏽‍🚀", "⚓", "😀", "🏴‍☠️"];

export const CHINESE_STOPS: readonly string[] = ["，", "。", "；", "！"];

export const ENGLISH_STOPS: readonly string[] = [",", ".", ";", "!"];

/** What may follow a full stop besides the next sentence; blank tokens are what trimming providers lose. */
export const BREAKS: readonly string[] = ["\n", "\n\n", "  ", "\n- "];
