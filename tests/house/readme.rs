//! The README's tables agree with the contracts.

use referral_webhooks::platform;

const README: &str = include_str!("../../README.md");

#[test]
fn the_tables_list_every_platform_with_its_answers() {
    let rows = |title: &str| {
        let begins = format!("| {title} |");
        README.lines().filter(|line| line.starts_with(&begins)).collect::<Vec<_>>()
    };
    for descriptor in platform::ALL {
        let rows = rows(descriptor.title);
        let [contract, _origins] = rows.as_slice() else {
            panic!("README.md: {} row(s) for `{}`, expected one in each of two tables", rows.len(), descriptor.title)
        };
        let cells: Vec<_> = contract.split('|').map(|cell| cell.trim().trim_matches('*')).collect();
        let [_, _, _, success, transient, _, waits, _] = cells.as_slice() else { panic!("{contract}") };
        let deadline = descriptor.contract.deadline;
        assert_eq!(*success, descriptor.contract.success.as_str(), "{contract}");
        assert_eq!(*transient, descriptor.contract.transient.as_str(), "{contract}");
        let want = deadline.map_or("not published".to_owned(), |deadline| format!("{} s", deadline.as_secs()));
        assert_eq!(*waits, want, "{contract}");
    }
}
