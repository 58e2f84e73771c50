P=[]
def lang(name, rows, found=1):
    for q,t,r in rows: P.append((name,q,t,str(found),r))
lang("Russian",[
("граница","нарушители задержаны на участке границ","genitive plural without ending"),
("задержанный","группа задержанных передана следствию","participle in the genitive plural"),
("взрывчатые вещества","изъято взрывчатое вещество","plural asked, neuter singular written"),
("самолет","Самолёт вылетел ночью","ё written, е asked"),
("вербовка","сообщение о вербовке через переписку","prepositional case"),
("боевик","перемещение боевиков вдоль реки","genitive plural -ов"),
("контрабанда оружия","пресечена попытка контрабанды огнестрельного оружия","genitive; other words between"),
("организация","членам запрещённых организаций","genitive plural -ий of -ия"),
("объект","охрана об'екта усилена","apostrophe for the hard sign"),
("угроза взрыва","Об угрозах взрывов сообщили трое","prepositional and genitive plural"),
("отец","имя отца неизвестно","vowel that comes and goes (not followed)"),
])
lang("Uzbek",[
("chegara","Чегараларда назорат кучайтирилди","Latin asked, Cyrillic written; plural and locative"),
("чегара","Chegaradan o'tish taqiqlangan","Cyrillic asked, Latin written; ablative"),
("oʻzbekiston","O'zbekiston Respublikasi","turned comma against ASCII apostrophe"),
("ozbekiston","Oʻzbekistonda mashq oʻtkazildi","no apostrophe asked; locative"),
("қурол","куроллар топилди","қ typed as к; plural"),
("gʻulom","Ғулом келди","gʻ against ғ"),
("hujum","hujumlarning oldini olish","plural and genitive"),
("ташкилот","tashkilotning aʼzolari","scripts; genitive"),
("jangari","жангарилар гуруҳи","j against ж; plural"),
("yoʻlovchi","йўловчилар рўйхати","yoʻ against йў; plural"),
("maʼno","маъно баён қилинди","apostrophe against hard sign"),
("ўқ-дори","oʻq-dorilar topildi","hyphen; ў against oʻ; plural"),
])
lang("Kazakh",[
("шекара","шекарасында тәртіп сақталды","possessive and locative"),
("қару","қаруларды тәркілеу","plural and accusative"),
("казакстан","Қазақстанның аумағы","қ typed as к; genitive"),
("ұйым","уйымдар тізімі","ұ typed as у; plural -дар behind м"),
("аскер","әскерлер келді","ә typed as а; plural"),
("qazaqstan","Қазақстан Республикасы","Latin of 2021 against Cyrillic"),
("шабуыл","шабуылдан кейін","ablative"),
("жолаушы","жолаушылардың тізімі","plural and genitive"),
])
lang("Kyrgyz",[
("чек ара","чек арадагы абал","locative with -гы"),
("өзгөчө кырдаал","озгочо кырдаалдар болду","ө typed as о; plural -дар behind л"),
("курал","куралдарды алып коюу","plural and accusative"),
("кылмыш","кылмыштар иликтенди","plural -тар behind ш"),
("уюм","уюмдун мүчөлөрү","genitive -дун"),
("согуш","согуштан кийин","ablative -тан"),
("Кыргызстан","Кыргызстандын аймагы","genitive -дын"),
("жоокер","жоокерлер даярдалды","plural -лер"),
])
lang("Tajik",[
("сарҳад","сархадҳои ҷумҳурӣ","ҳ typed as х; plural with izafat"),
("тоҷик","точикон омаданд","ҷ typed as ч; plural -он"),
("гурӯҳ","гурухи мусаллаҳ","ӯ and ҳ on a Russian keyboard; izafat"),
("силоҳ","силоҳҳоро мусодира карданд","plural and object marker"),
("тоҷикӣ","забони точики","ӣ typed as и"),
("ҷиноят","чиноятҳо ошкор шуданд","plural -ҳо"),
("маҳбус","маҳбусонро оварданд","plural -он and object marker"),
])
lang("Azerbaijani",[
("sərhəd","sərhədlərin mühafizəsi","plural and genitive"),
("serhed","sərhəddə saxlanıldı","ə typed as e; locative"),
("silah","silahların aşkarlanması","plural, possessor and genitive"),
("seher","ŞƏHƏR mərkəzi","capitals; ş and ə typed plainly"),
("Azərbaycan","Азәрбајҹан Республикасы","Latin against Cyrillic with ј and ҹ"),
("terrorçu","terrorçular saxlanıldı","plural"),
("ISTANBUL","İstanbul şəhəri","dotted and dotless i"),
("hücum","hucumdan sonra","ü typed as u; ablative"),
("qrup","qrupları müəyyən edildi","plural with possessive"),
])
lang("Ukrainian",[
("кордон","незаконний перетин кордонів","genitive plural -ів"),
("безпека","у безпеці","к becomes ц before -і"),
("зброя","вилучено зброю","accusative of a soft stem"),
("об'єкт","охорона обʼєктів","two apostrophes; genitive plural"),
("дім","біля дому","і becomes о in the open syllable"),
("прикордонний","прикордонної служби","adjective, genitive feminine"),
("грати","за ґратами","ґ typed as г; instrumental plural"),
("підозрюваний","двох підозрюваних","adjectival noun, genitive plural"),
("день","протягом дня","vowel that comes and goes (not followed)"),
])
lang("Persian",[
("مرز","مرزهای کشور بسته شد","plural with izafat"),
("کتاب‌ها","كتابها پیدا شد","zero-width non-joiner; Arabic kaf"),
("سلاح","سلاح‌های کشف‌شده","plural behind the non-joiner"),
("علي رضا","علی رضا آمد","Arabic yeh asked, Persian yeh written"),
("۱۳۹۹","سال 1399","Persian digits"),
("تروریست","تروریستهای مسلح","plural written together"),
("خانه","خانۀ امن","izafat as hamza on heh"),
("قاچاق","قاچاقِ مواد مخدر","vowel sign"),
("گروه","گروهی مسلح","indefinite -i"),
])
lang("Pashto",[
("سرحد","سرحدونه وتړل شول","plural -una"),
("وسله","وسلې ونیول شوې","feminine plural in ې"),
("ډله","د دلي مشر","ډ typed as د; oblique in ي"),
("پښتو","پشتو ژبه","ښ typed as ش"),
("برید","په بریدونو کې","oblique plural -uno"),
("ښار","په ښارونو کې","oblique plural"),
("ځوان","ځوانان راغلل","plural -an"),
])
lang("Arabic",[
("حدود","أُغلقت الحدود","article"),
("منظمة","المنظمات المحظورة","article and feminine plural"),
("إرهاب","مكافحة الارهاب","hamza on alef left out; article"),
("مقاتل","المقاتلين الأجانب","article and oblique plural"),
("أسلحة","مخزن الاسلحه","ة typed as ه; hamza left out"),
("محمد","مُحَمَّد","vowel signs"),
("مستشفى","مستشفي المدينة","ى typed as ي"),
("٢٠٢٤","عام 2024","Arabic digits"),
("بيان","والبيان الأخير","and, article"),
("سلاح","أسلحة ثقيلة","broken plural (not followed)"),
])
lang("Names",[
("karimov","EXERCISE Каримов задержан","Latin asked, Cyrillic written"),
("каримов","EXERCISE Karimov detained","Cyrillic asked, Latin written"),
("محمد","EXERCISE Мухаммад прибыл","Arabic asked, Cyrillic written"),
("Rahmonov","EXERCISE Раҳмонов омад","h against ҳ"),
("Хасанов","EXERCISE Həsənov gəldi","Russian х against Azerbaijani h"),
("Khalilov","EXERCISE خليلوف وصل","Latin asked, Arabic written, -ov with f"),
])
lang("Russian",[
("граница","гранит доставлен","other word"),("порт","портрет подозреваемого","longer word"),("банда","бандероль получена","longer word"),
("взрыв","взрослый мужчина","common beginning"),("мина","минута молчания","longer word"),("бор","border post","part of a Latin word"),
("шай","шайтан","part of a word"),("Иран","Ирак","one letter"),("дом","дым над рекой","same consonants"),("стол","столица","longer word"),
("оружие","орудие труда","one letter"),("суд","судно ушло","longer word"),("взрыв моста","взрыв на рынке","a word is missing"),
("рука","река","one vowel"),("пан","panda","part of a Latin word"),
],0)
lang("Uzbek",[("qor","qora mashina","snow, black"),("bosh","boshqa odam","head, other"),("gul","gulxan yoqildi","flower, bonfire"),("oʻt","oʻtin","grass, firewood")],0)
lang("Kazakh",[("қала","қалам алды","city, pen"),("бала","балық","child, fish"),("жол","жолбарыс","road, tiger")],0)
lang("Kyrgyz",[("тоо","тоок","mountain, hen"),("суу","сулуу","water, beautiful")],0)
lang("Tajik",[("сар","сард","head, cold"),("дил","диловар","heart, brave"),("кор","корд","work, knife")],0)
lang("Azerbaijani",[("qan","qanad","blood, wing"),("baş","başqa","head, other")],0)
lang("Ukrainian",[("сила","село","strength, village"),("мир","мирт","peace, myrtle"),("кіт","китай","cat, China")],0)
lang("Persian",[("مرد","مردم شهر","man, people"),("کار","کارد","work, knife"),("شیر","شهر","milk, town")],0)
lang("Pashto",[("لار","لاس","way, hand"),("کال","کالي","year, clothes")],0)
lang("Arabic",[("قلب","كلب","heart, dog"),("سلام","سلاح","peace, weapon"),("حدود","حديد","border, iron"),("علم","عالم","flag, world")],0)
lang("Identifiers",[("10.1.1.1","10.1.1.11 answered","longer address"),("evil.example","notevil.example","other domain"),("CVE-2024-1234","CVE-2024-12345","longer number"),("user@a.example","user@b.example","other domain"),
("d41d8cd98f00b204e9800998ecf8427e","d41d8cd98f00b204e9800998ecf8427f","last digit")],0)
lang("Names",[("karimov","EXERCISE Рахимов задержан","other consonants"),("Иванов","EXERCISE Petrov","other name"),("محمد","EXERCISE Ахмедов","other consonants")],0)
open("pairs.tsv","w").write("language\tquery\ttext\tfound\trule\n"+"".join("\t".join(p)+"\n" for p in P))
from collections import Counter
print(Counter((p[0],p[3]) for p in P), sum(p[3]=="1" for p in P), sum(p[3]=="0" for p in P))
