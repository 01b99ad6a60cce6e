/** The languages that the shop speaks. */
export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What is known of a product in one language. */
export interface Details {
  readonly name: string;
  readonly category: string;
  readonly features: string;
}

/** A product to begin with. */
export interface FirstProduct extends Readonly<Record<Language, Details>> {
  /** Asked for often: its description is generated ahead. */
  readonly frequent: boolean;
}

type Row = readonly [name: string, category: string, features: string];

const FREQUENT: readonly (readonly [en: Row, zh: Row])[] = [
  [
    ["Tide clock", "clocks", "brass, 15 cm, runs a year on one battery"],
    ["潮汐钟", "钟表", "黄铜，15 厘米，一节电池用一年"],
  ],
  [
    ["Harbour lamp", "lamps", "oil or LED, red glass, storm-proof"],
    ["港口灯", "灯具", "油灯或 LED，红色玻璃，防风"],
  ],
  [
    ["Wool blanket", "textiles", "130 by 180 cm, grey, washable"],
    ["羊毛毯", "纺织品", "130×180 厘米，灰色，可水洗"],
  ],
  [
    ["Deck chair", "furniture", "beech, folds flat, linen seat"],
    ["甲板椅", "家具", "榉木，可折叠，亚麻坐面"],
  ],
  [
    ["Fisherman's sweater", "clothing", "wool, cable knit, five sizes"],
    ["渔夫毛衣", "服装", "羊毛，绞花针织，五个尺码"],
  ],
  [
    ["Enamel mug", "kitchen", "350 ml, white with a blue rim"],
    ["搪瓷杯", "厨房", "350 毫升，白色蓝边"],
  ],
  [
    ["Rope doormat", "home", "hand-knotted, 60 by 40 cm"],
    ["绳编门垫", "家居", "手工编结，60×40 厘米"],
  ],
  [
    ["Pocket compass", "instruments", "brass, with a lid, liquid-damped"],
    ["袖珍指南针", "仪器", "黄铜，带盖，液体阻尼"],
  ],
  [
    ["Rain jacket", "clothing", "taped seams, hood, packs small"],
    ["雨衣", "服装", "压胶接缝，带帽，收纳小巧"],
  ],
  [
    ["Smoked salt", "food", "100 g, beech smoke, in a jar"],
    ["烟熏盐", "食品", "100 克，榉木烟熏，瓶装"],
  ],
];

const OTHERS: typeof FREQUENT = [
  [
    ["Sea chart", "paper", "1:50,000, folded, water-resistant"],
    ["海图", "纸品", "1:50,000，折叠，防水"],
  ],
  [
    ["Ship in a bottle", "gifts", "three masts, 25 cm, made by hand"],
    ["瓶中船", "礼品", "三桅，25 厘米，手工制作"],
  ],
  [
    ["Signal flags", "gifts", "all 26 letters, cotton, on a line"],
    ["信号旗", "礼品", "26 个字母，棉布，串成一线"],
  ],
  [
    ["Brass bell", "gifts", "12 cm, bright tone, wall bracket"],
    ["黄铜铃", "礼品", "12 厘米，声音清亮，附墙架"],
  ],
  [
    ["Canvas bag", "bags", "18 litres, waxed, leather straps"],
    ["帆布包", "包袋", "18 升，打蜡，皮带"],
  ],
  [
    ["Knot board", "gifts", "twelve knots, oak frame"],
    ["绳结板", "礼品", "十二种绳结，橡木框"],
  ],
  [
    ["Storm matches", "outdoors", "25 in a box, burn in wind and rain"],
    ["防风火柴", "户外", "每盒 25 根，风雨中也能点燃"],
  ],
  [
    ["Driftwood frame", "home", "for 13 by 18 cm, each one different"],
    ["浮木相框", "家居", "适合 13×18 厘米照片，每个都不同"],
  ],
  [
    ["Barometer", "instruments", "dial, 20 cm, needs no power"],
    ["气压计", "仪器", "指针式，20 厘米，不用电"],
  ],
  [
    ["Linen towel", "textiles", "50 by 70 cm, dries fast"],
    ["亚麻毛巾", "纺织品", "50×70 厘米，快干"],
  ],
  [
    ["Oyster knife", "kitchen", "steel, ash handle, guard"],
    ["生蚝刀", "厨房", "钢制，白蜡木柄，带护手"],
  ],
  [
    ["Seaweed tea", "food", "20 bags, mild, without caffeine"],
    ["海藻茶", "食品", "20 包，味淡，不含咖啡因"],
  ],
  [
    ["Star globe", "instruments", "30 cm, lit from inside"],
    ["星球仪", "仪器", "30 厘米，内部照明"],
  ],
  [
    ["Hammock", "furniture", "cotton, carries 160 kg, 3 m"],
    ["吊床", "家具", "棉质，承重 160 公斤，3 米"],
  ],
  [
    ["Lighthouse model", "gifts", "1:200, its lamp turns"],
    ["灯塔模型", "礼品", "1:200，灯可转动"],
  ],
  [
    ["Thermos flask", "outdoors", "1 litre, keeps hot for 24 hours"],
    ["保温瓶", "户外", "1 升，保温 24 小时"],
  ],
  [
    ["Wooden boat kit", "toys", "42 parts, from eight years on"],
    ["木船拼装", "玩具", "42 个零件，八岁以上"],
  ],
  [
    ["Beeswax candle", "lamps", "12 hours, smells of honey"],
    ["蜂蜡蜡烛", "灯具", "可燃 12 小时，有蜂蜜香"],
  ],
  [
    ["Binoculars", "instruments", "7 by 50, rubber armour"],
    ["双筒望远镜", "仪器", "7×50，橡胶护套"],
  ],
  [
    ["Logbook", "paper", "192 pages, sewn, cloth cover"],
    ["航海日志", "纸品", "192 页，线装，布面"],
  ],
];

/** What the shop begins with: thirty products, ten of which are asked for often. */
export const FIRST_PRODUCTS: readonly FirstProduct[] = [
  ...FREQUENT.map((rows) => firstProduct(rows, true)),
  ...OTHERS.map((rows) => firstProduct(rows, false)),
];

function firstProduct([en, zh]: (typeof FREQUENT)[number], frequent: boolean): FirstProduct {
  return { en: detailsOf(en), zh: detailsOf(zh), frequent };
}

function detailsOf([name, category, features]: Row): Details {
  return { name, category, features };
}
