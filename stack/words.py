"""Sentences of the small world: our own word lists, filled in by chance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

# A topic: `_` are sentences, the other keys fill their slots.
Topic = Mapping[str, Sequence[str]]
TOPICS: Mapping[str, Topic] = {
    "baking": {
        "_": (
            "My {loaf} came out {result} today. {why}",
            "Day {number} of feeding the starter. It smells like {smell}.",
            "Whoever said {loaf} is easy has never met my oven.",
            "Swapped the white flour for {flour} and the {loaf} is {result}.",
            "{number} grams of butter went into this {loaf} and I regret nothing.",
            "Does anyone have a good recipe for {loaf}? Mine is always {fault}.",
        ),
        "loaf": ("rye bread", "sourdough", "focaccia", "brioche", "cardamom bun", "banana bread"),
        "result": ("perfect", "a brick", "lopsided but lovely", "better than the bakery's"),
        "why": (
            "The secret was a longer rest.",
            "I forgot the salt.",
            "Patience, apparently.",
            "The neighbours already asked for a slice.",
        ),
        "smell": ("green apples", "old socks", "yoghurt", "a brewery"),
        "flour": ("spelt", "einkorn", "buckwheat", "wholemeal"),
        "fault": ("too dense", "burnt below and raw above", "gone before it cools"),
    },
    "cycling": {
        "_": (
            "{number} km before breakfast, {weather} all the way.",
            "Changed my first {part} without a video. Only {number} bolts left over.",
            "The new lane along the {place} is {opinion}.",
            "Headwind out, headwind home. How does the {place} do that?",
            "To the driver who waited behind me on the {place}: thank you.",
            "Third {part} this year. I am starting to take it personally.",
        ),
        "weather": ("rain", "fog", "sun", "wind", "drizzle"),
        "part": ("inner tube", "chain", "brake pad", "derailleur", "spoke"),
        "place": ("canal", "river", "harbour", "old railway", "ring road"),
        "opinion": ("finally open", "a joy", "far too narrow", "full of parked vans again"),
    },
    "code": {
        "_": (
            "Deleted {number} lines of {language} and every test still passes. What a day.",
            "The bug was {cause}. It is always {cause}.",
            "I have read this {language} function {number} times and it gets stranger each time.",
            "Naming things took longer than the {task} itself.",
            "Today's {task} taught me more about {subject} than two years of books.",
            "Unpopular opinion: {subject} is more fun in {language}.",
            "{number} minutes of meetings about a {task} that took five.",
        ),
        "language": ("Python", "Rust", "SQL", "TypeScript", "Haskell", "Go", "COBOL"),
        "cause": ("a time zone", "the cache", "DNS", "an off-by-one", "a missing await"),
        "task": ("migration", "refactoring", "code review", "upgrade", "rollback"),
        "subject": ("queues", "indexes", "graph algorithms", "type systems", "backpressure"),
    },
    "film": {
        "_": (
            "Watched {film} again. The {part} still {effect}.",
            "The cinema on the corner shows {film} on {day}. Who is in?",
            "Hot take: {film} would be better {change}.",
            "Nobody told me that the {part} in {film} {effect}.",
            "{number} minutes in, and I already know that {film} will be my film of the year.",
        ),
        "film": ("Metropolis", "Nosferatu", "The General", "Vampyr", "City Lights", "Sherlock Jr."),
        "part": ("ending", "score", "opening shot", "chase", "last line"),
        "effect": ("gives me goosebumps", "makes me laugh out loud", "ruins me", "holds up"),
        "change": ("in colour", "an hour shorter", "without the love story", "with the sound off"),
        "day": ("Friday", "Sunday afternoon", "Tuesday"),
    },
    "football": {
        "_": (
            "{number} minutes of nothing, then {event}. This is why I watch.",
            "Our keeper {deed}. Statue, please.",
            "Lost again. At least the {snack} at half-time was good.",
            "Sunday league report: {event}, one torn boot, zero regrets.",
            "The referee saw {event} and waved play on. Unbelievable.",
        ),
        "event": ("a header off the bar", "two own goals", "a penalty", "a bicycle kick"),
        "deed": ("saved three penalties", "scored from a corner", "was awake for once"),
        "snack": ("pie", "bratwurst", "samosa", "coffee"),
    },
    "garden": {
        "_": (
            "First {plant} of the year! {number} more to come if the {pest} let me.",
            "The {pest} and I have agreed to share the {plant}. They get most of it.",
            "Sowed {plant} under glass today. See you in {month}.",
            "It rained all night and the {plant} grew a hand's width.",
            "Does anyone need {number} {plant}? Please. I beg you.",
        ),
        "plant": ("courgettes", "tomatoes", "sweet peas", "radishes", "dahlias", "beans"),
        "pest": ("slugs", "snails", "pigeons", "neighbour's cats", "squirrels"),
        "month": ("May", "June", "July", "September"),
    },
    "maps": {
        "_": (
            "Found a {year} map of my street. There was {feature} where I buy milk.",
            "{projection} or not, Greenland is smaller than you think.",
            "I could look at contour lines of {region} all day.",
            "Today I corrected {number} footpaths in {region} on the open map.",
            "Why does every old map put {feature} in the corner?",
        ),
        "year": ("1713", "1790", "1911", "1927", "1938"),
        "feature": ("a windmill", "a sea serpent", "an orchard", "a toll gate", "a tram depot"),
        "projection": ("Mercator", "Robinson", "Winkel tripel", "Mollweide"),
        "region": ("the Faroe Islands", "the Alps", "Patagonia", "the Hebrides", "Anatolia"),
    },
    "music": {
        "_": (
            "{number} takes, and the {instrument} solo is still a mess. I love it.",
            "The {ensemble} next door is rehearsing {piece}. Windows wide open.",
            "{piece} on a rainy {day}. That is the tweet.",
            "Sold my old {instrument} today and miss it already.",
            "If your {instrument} sounds wrong, check the strings, then the player.",
        ),
        "instrument": ("cello", "guitar", "oud", "fiddle", "kora", "bass"),
        "ensemble": ("brass band", "string quartet", "choir", "samba school"),
        "piece": ("Satie", "the Goldberg Variations", "an old tango", "Bartók", "a sea shanty"),
        "day": ("Monday", "Sunday", "evening"),
    },
    "reading": {
        "_": (
            "Page {number} of {book} and I still have no idea who the narrator is.",
            "Finished {book} on the {vehicle} and missed my stop.",
            "The library had {book} with someone's {bookmark} in it from decades ago.",
            "Reading {book} aloud to the children. They prefer the {bookmark}.",
            "My pile of unread books has reached the {height}. Send help, not books.",
        ),
        "book": ("Middlemarch", "Don Quixote", "The Odyssey", "Moby-Dick", "Persuasion", "Dracula"),
        "vehicle": ("tram", "night train", "ferry", "bus"),
        "bookmark": ("pressed fern", "tram ticket", "shopping list", "love letter"),
        "height": ("window sill", "lamp", "ceiling"),
    },
    "sky": {
        "_": (
            "{object} through the small telescope tonight. {feeling}",
            "Clouds. Of course there are clouds, {object} is up.",
            "Counted {number} meteors before my feet froze.",
            "Showed {object} to the kids next door. {feeling}",
            "Set the alarm for 4 a.m. to see {object}. Worth it.",
        ),
        "object": (
            "Saturn",
            "the Orion Nebula",
            "Jupiter's moons",
            "the comet",
            "Andromeda",
            "Mars",
        ),
        "feeling": (
            "Nobody said a word for a minute.",
            "It never gets old.",
            "You could see the colour!",
            "My neck hurts, my heart is full.",
        ),
    },
    "tea": {
        "_": (
            "{number} minutes is too long for {tea}. I said what I said.",
            "A pot of {tea}, a window, {weather}. Enough.",
            "Found {tea} at the market and now nothing else will do.",
            "The office ran out of {tea}. Productivity is down {number} %.",
            "Coffee people: try {tea} once. I will wait.",
        ),
        "tea": ("oolong", "Darjeeling", "genmaicha", "rooibos", "mint tea", "lapsang souchong"),
        "weather": ("snow outside", "a thunderstorm", "the first warm evening", "rain on the roof"),
    },
    "trains": {
        "_": (
            "The {train} to {city} was {number} minutes late and I met the nicest people.",
            "Breakfast in {city}, dinner in {city}, and only one change. Trains are magic.",
            "Window seat, {view}, no signal. Perfect.",
            "The conductor on the {train} just announced {news}.",
            "{number} hours by train to {city} beats one hour by plane. Fight me.",
        ),
        "train": ("night train", "slow train", "express", "rail replacement bus"),
        "city": ("Lisbon", "Trieste", "Kraków", "Zürich", "Malmö", "Marseille", "Ghent"),
        "view": ("mountains", "the sea on the left", "fields in the fog", "snow"),
        "news": ("free coffee", "a cow on the line", "his retirement", "the first swallows"),
    },
}
REPLIES = (
    "This made my day.",
    "Same here, {ago}.",
    "I needed to hear this today.",
    "Pictures or it did not happen!",
    "My {relative} says exactly the same.",
    "Hard disagree, but I enjoyed reading it.",
    "Tell us more!",
    "How did you manage that?",
    "Saving this for {time}.",
    "And here I thought I was the only one.",
    "Wait until you try it with {company}.",
    "Congratulations! 🎉",
    "Ha, that happened to me {ago}.",
    "I owe you a {drink} for this.",
    "Counterpoint: {counterpoint}.",
    "You are braver than I am.",
    "Adding this to my list for {time}.",
    "Could you send me the details?",
    "Read this out to my {relative} and we both laughed.",
    "{number} out of 100, would read again.",
    "Bring {company} {time} and show us?",
    "You should write a book about it. My {relative} would buy {number}.",
    "That is the {drink} talking.",
)
COMMON: Topic = {
    "ago": ("last week", "only yesterday", "years ago", "twice this month"),
    "time": ("tonight", "the weekend", "next summer", "tomorrow"),
    "relative": ("grandmother", "brother", "neighbour", "boss", "dentist", "daughter", "landlord"),
    "drink": ("coffee", "lemonade", "beer", "mate", "hot chocolate"),
    "company": ("children", "a hangover", "the in-laws", "an audience"),
    "counterpoint": ("no", "it depends", "people", "not on a Monday", "cake"),
}
OPENERS = ("", "", "", "", "", "", "Honestly: ", "Update: ", "Good morning. ", "Small victory: ")
CLOSERS = ("", "", "", "", "", "", "", " 😅", " ☕", " #{topic}", " #{topic}")
BIOS = (
    "{topic}, {other} and not enough sleep.",
    "Mostly {topic}. Sometimes {other}.",
    "Here for the {topic}, staying for the {other}.",
    "Writes about {topic}; reads about {other}.",
    "Amateur of {topic}. Opinions my own, typos too.",
    "",
)
SLOT = re.compile(r"\{(\w+)\}")


def sentence(random: Random, topic: str) -> str:
    """One tweet about a topic, 1 to 280 characters."""
    text = _fill(random.choice(TOPICS[topic]["_"]), random, TOPICS[topic])
    opener = random.choice(OPENERS)
    closer = random.choice(CLOSERS).replace("{topic}", topic)
    return opener + text[0].upper() + text[1:] + closer


def reply(random: Random) -> str:
    """One answer to somebody's tweet: one thought or two."""
    thoughts = random.sample(REPLIES, random.choice((1, 2, 2)))
    return " ".join(_fill(thought, random, COMMON) for thought in thoughts)


def bio(random: Random, topic: str, other: str) -> str:
    """What a person says of themselves; some say nothing."""
    text = random.choice(BIOS).replace("{topic}", topic).replace("{other}", other)
    return text[:1].upper() + text[1:]


def _fill(template: str, random: Random, words: Topic) -> str:
    # A slot that stands twice gets two words, save where the sentence means the same one.
    chosen: dict[str, str] = {}

    def word(match: re.Match[str]) -> str:
        name = match[1]
        if name == "number":
            return str(random.choice((3, 4, 5, 7, 9, 12, 15, 20, 25, 30, 40, 48, 60, 90)))
        options = [option for option in words[name] if option != chosen.get(name)]
        if name == "cause" and name in chosen:
            return chosen[name]
        chosen[name] = random.choice(options)
        return chosen[name]

    return SLOT.sub(word, template)
