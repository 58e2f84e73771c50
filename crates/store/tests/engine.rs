//! The contract of the engine: what a transaction promises, the same on SQLite in memory, SQLite on disk and
//! PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic that something is wrong"
)]

use std::cell::Cell;

use comity_store::{Engine, Row, Store, StoreError, Tx, Value};
use comity_testkit::stores;

fn note(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<u64, StoreError> {
    tx.exec("INSERT INTO fact (name, value) VALUES (?1, ?2)", &[name.into(), value.into()])
}

fn facts(store: &Store) -> Vec<(String, String)> {
    let pair = |row: &Row| Ok((row.text(0)?, row.text(1)?));
    let rows = store.read("facts", |tx| tx.query("SELECT name, value FROM fact ORDER BY name", &[]));
    rows.unwrap().iter().map(pair).collect::<Result<_, StoreError>>().unwrap()
}

/// A caller's own error, to see that it comes through.
#[derive(Debug, PartialEq)]
enum Own {
    Refused,
    Store(StoreError),
}

impl From<StoreError> for Own {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

stores! {
    fn what_is_committed_is_there(store: Store) {
        let changed = store.write("note", |tx| note(tx, "a", "1")).unwrap();
        assert_eq!(changed, 1);
        assert_eq!(facts(&store), [("a".to_owned(), "1".to_owned())]);
    }

    fn an_error_of_the_caller_keeps_nothing_and_comes_back(store: Store) {
        let done = store.write("note", |tx| {
            note(tx, "a", "1")?;
            Err::<(), _>(Own::Refused)
        });
        assert_eq!(done, Err(Own::Refused));
        assert_eq!(facts(&store), []);
        store.write("note", |tx| note(tx, "a", "2")).unwrap();
        assert_eq!(facts(&store).len(), 1, "the connection serves on");
    }

    fn a_panic_in_the_closure_keeps_nothing_and_the_store_serves_on(store: Store) {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.write("note", |tx| -> Result<(), StoreError> {
                note(tx, "a", "1")?;
                panic!("as a test")
            })
        }));
        assert!(caught.is_err());
        assert_eq!(facts(&store), []);
        store.write("note", |tx| note(tx, "b", "2")).unwrap();
        assert_eq!(facts(&store).len(), 1);
    }

    fn a_failed_statement_ends_the_transaction_even_if_the_caller_goes_on(store: Store) {
        let done = store.write("note", |tx| {
            note(tx, "a", "1")?;
            let twice = note(tx, "a", "2");
            assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
            Ok::<_, StoreError>(())
        });
        assert!(matches!(done, Err(StoreError::Conflict(_))), "{done:?}");
        assert_eq!(facts(&store), [], "nothing was kept");
    }

    fn a_busy_engine_starts_the_closure_over(store: Store) {
        let runs = Cell::new(0);
        // The engine's own word for a conflict of writers can be had on demand in PostgreSQL alone.
        if store.engine() == Engine::Postgres {
            let done = store.write("again", |tx| {
                runs.set(runs.get() + 1);
                note(tx, "a", "1")?;
                if runs.get() < 3 {
                    tx.exec("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$", &[])?;
                }
                Ok::<_, StoreError>(())
            });
            assert_eq!((done, runs.get()), (Ok(()), 3));
            assert_eq!(facts(&store).len(), 1, "the runs that were given up left nothing");
            let forever = store.write("again", |tx| {
                runs.set(runs.get() + 1);
                tx.exec("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$", &[])
            });
            assert_eq!((forever, runs.get()), (Err(StoreError::Busy), 7), "four attempts, then the error");
        }
        runs.set(0);
        let refused = store.write("once", |_| {
            runs.set(runs.get() + 1);
            Err::<(), _>(Own::Refused)
        });
        assert_eq!((refused, runs.get()), (Err(Own::Refused), 1), "a caller's error is final");
    }

    fn a_read_cannot_write(store: Store) {
        let done = store.read("sly", |tx| note(tx, "a", "1"));
        assert_eq!(done, Err(StoreError::ReadOnly));
        let hidden = store.read("sly", |tx| {
            let _ = note(tx, "a", "1");
            Ok::<_, StoreError>(())
        });
        assert_eq!(hidden, Err(StoreError::ReadOnly));
        store.write("note", |tx| note(tx, "b", "2")).unwrap();
        assert_eq!(facts(&store), [("b".to_owned(), "2".to_owned())]);
    }

    fn a_transaction_inside_another_is_refused_and_does_not_hang(store: Store) {
        for inner_writes in [false, true] {
            let done = store.write("outer", |_| {
                if inner_writes {
                    store.write("inner", |_| Ok::<_, StoreError>(()))
                } else {
                    store.read("inner", |_| Ok::<_, StoreError>(()))
                }
            });
            assert!(matches!(done, Err(StoreError::Engine(_))), "{done:?}");
        }
        store.write("after", |tx| note(tx, "a", "1")).unwrap();
    }

    fn every_kind_of_value_comes_back_as_it_went(store: Store) {
        let zeros: Vec<u8> = vec![0, 255, 0, 39, 34, 92];
        let long_text = "é\u{10FFFF}'\"\\\n;--".repeat(200_000);
        let long_bytes = (0..=255_u8).cycle().take(20_000_000).collect::<Vec<_>>();
        store.write("fill", |tx| {
            let handling = "INSERT INTO handling (handling, body, opens_us, closes_us) VALUES (?1, ?2, ?3, ?4)";
            tx.exec(handling, &[zeros.clone().into(), "".into(), i64::MIN.into(), Value::Null])?;
            tx.exec(handling, &[vec![].into(), (&long_text).into(), Value::Null, i64::MAX.into()])?;
            tx.exec("INSERT INTO leaf (seq, body) VALUES (?1, ?2)", &[0_i64.into(), long_bytes.clone().into()])
        }).unwrap();
        let rows = store.read("look", |tx| {
            tx.query("SELECT handling, body, opens_us, closes_us FROM handling ORDER BY body", &[])
        }).unwrap();
        assert_eq!(rows[0].values(), [zeros.into(), "".into(), i64::MIN.into(), Value::Null]);
        assert!(rows[1].values() == [vec![].into(), long_text.into(), Value::Null, i64::MAX.into()]);
        let leaf = store.read("look", |tx| tx.query_one("SELECT body FROM leaf", &[])).unwrap();
        assert!(leaf.unwrap().blob_ref(0).unwrap() == long_bytes);
    }

    fn text_with_a_nul_is_refused_on_every_engine(store: Store) {
        let done = store.write("note", |tx| note(tx, "a", "1\0"));
        let Err(StoreError::Conflict(text)) = done else { panic!("{done:?}") };
        assert!(text.contains("parameter 2"), "{text}");
        assert_eq!(facts(&store), []);
    }

    fn a_column_refuses_another_type(store: Store) {
        let done = store.write("note", |tx| {
            tx.exec("INSERT INTO fact (name, value) VALUES (?1, ?2)", &["a".into(), vec![1_u8].into()])
        });
        assert!(done.is_err(), "bytes are no text");
        let done = store.write("handling", |tx| {
            let values = [vec![1_u8].into(), "x".into(), "soon".into()];
            tx.exec("INSERT INTO handling (handling, body, opens_us) VALUES (?1, ?2, ?3)", &values)
        });
        assert!(done.is_err(), "a word is no time");
    }

    fn text_is_ordered_by_its_bytes(store: Store) {
        let mut names = ["b", "a", "B", "é", "Z", "_", "a b", "ab", "a-c"];
        store.write("fill", |tx| {
            names.iter().try_for_each(|name| note(tx, name, "").map(drop))
        }).unwrap();
        names.sort_unstable();
        let found: Vec<String> = facts(&store).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, names);
        let after = store.read("after", |tx| {
            tx.query("SELECT name FROM fact WHERE name > ?1 ORDER BY name", &["Z".into()])
        }).unwrap();
        assert_eq!(after.len(), names.iter().filter(|name| **name > "Z").count());
    }

    fn one_sql_text_serves_upserts_keysets_and_repeated_placeholders(store: Store) {
        store.write("upsert", |tx| {
            let upsert = "INSERT INTO shelf (collection, handling, next_ord) VALUES (?1, ?2, ?3) \
                          ON CONFLICT (collection, handling) DO UPDATE SET next_ord = shelf.next_ord + excluded.next_ord \
                          RETURNING next_ord";
            for (step, total) in [(5_i64, 5), (3, 8), (1, 9)] {
                let row = tx.query_one(upsert, &["c".into(), vec![1_u8].into(), step.into()])?.unwrap();
                assert_eq!(row.int(0), Ok(total));
            }
            Ok::<_, StoreError>(())
        }).unwrap();
        store.read("look", |tx| {
            let row = tx.query_one(
                "SELECT next_ord FROM shelf WHERE (collection, next_ord) > (?1, ?2) AND collection >= ?1 AND next_ord = ?2 + 1",
                &["c".into(), 8_i64.into()],
            )?;
            assert_eq!(row.unwrap().int(0), Ok(9));
            let count = tx.query_one("SELECT COUNT(*), CAST(SUM(next_ord) AS BIGINT), MAX(collection) FROM shelf", &[])?;
            assert_eq!(count.unwrap().values(), [1_i64.into(), 9_i64.into(), "c".into()]);
            let absent = tx.query_one("SELECT next_ord FROM shelf WHERE collection = ?1 AND '?1' <> ''", &["d".into()])?;
            assert_eq!(absent, None);
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn a_mistake_in_the_sql_is_an_error_of_the_engine(store: Store) {
        for sql in ["SELEKT 1", "SELECT * FROM nowhere", "INSERT INTO fact (name) VALUES (?1, ?2)"] {
            let done = store.write("bad", |tx| tx.exec(sql, &["a".into(), "b".into()]));
            assert!(matches!(done, Err(StoreError::Engine(_))), "{sql}: {done:?}");
        }
        let few = store.read("few", |tx| tx.query("SELECT name FROM fact WHERE name = ?1 OR name = ?2", &["a".into()]));
        assert!(matches!(few, Err(StoreError::Engine(_))), "a parameter is missing: {few:?}");
        let float = store.read("float", |tx| tx.query("SELECT CAST(1.5 AS DOUBLE PRECISION)", &[]));
        assert!(matches!(float, Err(StoreError::Row(_))), "a float is none of our types: {float:?}");
    }

    fn a_broken_constraint_is_a_conflict_that_names_no_content(store: Store) {
        store.write("note", |tx| note(tx, "secret-name", "1")).unwrap();
        let twice = store.write("note", |tx| note(tx, "secret-name", "2"));
        let Err(StoreError::Conflict(text)) = twice else { panic!("{twice:?}") };
        assert!(text.contains("fact") && !text.contains("secret-name"), "{text}");
        let null = store.write("note", |tx| {
            tx.exec("INSERT INTO fact (name, value) VALUES (?1, ?2)", &["b".into(), Value::Null])
        });
        assert!(matches!(null, Err(StoreError::Conflict(_))), "{null:?}");
    }

    fn many_rows_of_any_number_are_inserted_in_order(store: Store) {
        for (round, count) in (0_i64..).zip([0_i64, 1, 2, 3, 63, 64, 65, 1_000, 5_003]) {
            let rows: Vec<Value> =
                (0..count).flat_map(|n| [Value::from("c"), round.into(), n.into(), "f".into()]).collect();
            let insert = "INSERT INTO finding (collection, seq, n, body)";
            let changed = store.write("many", |tx| tx.insert_many(insert, 4, &rows, "")).unwrap();
            assert_eq!(changed, u64::try_from(count).unwrap());
            let again = store.write("many", |tx| tx.insert_many(insert, 4, &rows, "ON CONFLICT DO NOTHING")).unwrap();
            assert_eq!(again, 0, "all {count} were there");
            let mut next = 0;
            store.read("look", |tx| {
                next = 0;
                tx.each("SELECT n FROM finding WHERE seq = ?1 ORDER BY n", &[round.into()], &mut |row| {
                    assert_eq!(row.int(0)?, next);
                    next += 1;
                    Ok(())
                })
            }).unwrap();
            assert_eq!(next, count);
        }
    }

    fn any_of_many_numbers_is_one_question(store: Store) {
        let rows: Vec<Value> =
            (-2_i64..2_000).flat_map(|n| [Value::from("c"), n.into(), 0_i64.into(), "f".into()]).collect();
        let insert = "INSERT INTO finding (collection, seq, n, body)";
        store.write("many", |tx| tx.insert_many(insert, 4, &rows, "")).unwrap();
        let of = |numbers: &[i64]| {
            let found = store.read("among", |tx| {
                let (among, list) = tx.among(2, numbers.iter().copied());
                let sql = format!("SELECT seq FROM finding WHERE collection = ?1 AND seq {among} ORDER BY seq");
                tx.query(&sql, &["c".into(), list])
            });
            found.unwrap().iter().map(|row| row.int(0).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), Vec::<i64>::new(), "none is asked for");
        assert_eq!(of(&[7, -2, 7, i64::MAX, i64::MIN, 5_000]), [-2, 7]);
        assert_eq!(of(&(-2..2_000).collect::<Vec<_>>()), (-2..2_000).collect::<Vec<_>>());
    }

    fn many_rows_that_are_not_whole_are_refused(store: Store) {
        let insert = "INSERT INTO fact (name, value)";
        let done = store.write("odd", |tx| tx.insert_many(insert, 2, &["a".into(), "b".into(), "c".into()], ""));
        assert!(matches!(done, Err(StoreError::Engine(_))), "{done:?}");
        let none = store.write("none", |tx| tx.insert_many(insert, 0, &[], ""));
        assert!(none.is_err());
        assert_eq!(facts(&store), []);
    }

    fn large_rows_are_inserted_together(store: Store) {
        let rows: Vec<Value> = (0_i64..5).flat_map(|n| [n.into(), vec![7_u8; 3_000_000].into()]).collect();
        let changed = store.write("large", |tx| tx.insert_many("INSERT INTO leaf (seq, body)", 2, &rows, ""));
        assert_eq!(changed, Ok(5));
        let found = store.read("look", |tx| tx.query("SELECT LENGTH(body) FROM leaf", &[])).unwrap();
        let sizes: Vec<i64> = found.iter().map(|row| row.int(0).unwrap()).collect();
        assert_eq!(sizes, [3_000_000; 5]);
    }

    fn a_walk_ends_at_the_first_refusal_and_the_transaction_goes_on(store: Store) {
        store.write("fill", |tx| ["a", "b", "c"].iter().try_for_each(|name| note(tx, name, "").map(drop))).unwrap();
        let mut seen = 0;
        let done = store.write("walk", |tx| {
            seen = 0;
            let stopped = tx.each("SELECT name FROM fact ORDER BY name", &[], &mut |row| {
                seen += 1;
                if row.text(0)? == "b" { Err(StoreError::Row("enough".to_owned())) } else { Ok(()) }
            });
            assert_eq!(stopped, Err(StoreError::Row("enough".to_owned())));
            note(tx, "d", "")
        });
        assert_eq!((done, seen), (Ok(1), 2));
        assert_eq!(facts(&store).len(), 4);
    }
}
