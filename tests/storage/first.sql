BEGIN TRANSACTION;
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	folded TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	seen BIGINT NOT NULL, 
	address TEXT NOT NULL, 
	suspended BOOLEAN NOT NULL, 
	rank INTEGER NOT NULL, 
	guests BOOLEAN NOT NULL, 
	away TEXT, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_folded UNIQUE (folded)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	"row" INTEGER NOT NULL, 
	time BIGINT NOT NULL, 
	door TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	account TEXT, 
	address TEXT NOT NULL, 
	line TEXT NOT NULL, 
	target TEXT NOT NULL, 
	room TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY ("row")
);
CREATE TABLE bans (
	room TEXT NOT NULL, 
	mask TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	until BIGINT, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_bans PRIMARY KEY (room, mask)
);
CREATE TABLE erasures (
	account TEXT NOT NULL, 
	how TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	CONSTRAINT pk_erasures PRIMARY KEY (account)
);
CREATE TABLE events (
	"row" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	place INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	FOREIGN KEY(place) REFERENCES places ("key"), 
	CONSTRAINT uq_events_place_number UNIQUE (place, number)
);
CREATE TABLE ignores (
	account TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	nick TEXT NOT NULL, 
	CONSTRAINT pk_ignores PRIMARY KEY (account, identity)
);
CREATE TABLE invitations (
	hash TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	"by" TEXT NOT NULL, 
	CONSTRAINT pk_invitations PRIMARY KEY (hash)
);
CREATE TABLE mail (
	account TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	CONSTRAINT pk_mail PRIMARY KEY (account, "row")
);
CREATE TABLE members (
	account TEXT NOT NULL, 
	room TEXT NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (account, room)
);
CREATE TABLE mutes (
	room TEXT NOT NULL, 
	account TEXT NOT NULL, 
	until BIGINT, 
	CONSTRAINT pk_mutes PRIMARY KEY (room, account)
);
CREATE TABLE places (
	"key" INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_places PRIMARY KEY ("key"), 
	CONSTRAINT uq_places_id UNIQUE (id)
);
CREATE TABLE progress (
	name TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	CONSTRAINT pk_progress PRIMARY KEY (name)
);
CREATE TABLE ranks (
	room TEXT NOT NULL, 
	account TEXT NOT NULL, 
	rank INTEGER NOT NULL, 
	CONSTRAINT pk_ranks PRIMARY KEY (room, account), 
	FOREIGN KEY(room) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE TABLE rooms (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	folded TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	topic TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	private BOOLEAN NOT NULL, 
	slow INTEGER NOT NULL, 
	keep_seconds BIGINT, 
	keep_messages BIGINT, 
	CONSTRAINT pk_rooms PRIMARY KEY (id), 
	CONSTRAINT uq_rooms_folded UNIQUE (folded)
);
INSERT INTO "rooms" VALUES('lobby','#lobby','#lobby',1767312000000000,'','',0,0,NULL,NULL);
DELETE FROM "sqlite_sequence";
CREATE VIRTUAL TABLE words USING fts5(tokens, content='', columnsize=0, tokenize='ascii');
INSERT INTO words (words, rank) VALUES ('automerge', 0);
INSERT INTO words (words, rank) VALUES ('crisismerge', 1000);
COMMIT;
