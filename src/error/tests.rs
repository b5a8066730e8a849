use super::*;

#[test]
fn a_program_that_is_missing_is_told_with_how_to_get_that_one() {
    let hint = |program| {
        let error = ClusterError::from(CollectorError::ProgramMissing { program });
        CommandError::from(error).render()
    };
    assert!(hint("helm").contains("https://helm.sh"), "{}", hint("helm"));
    assert!(
        hint("kind").contains("https://kind.sigs.k8s.io"),
        "{}",
        hint("kind")
    );
    assert!(hint("k6").contains("tools/get-programs"), "{}", hint("k6"));
}
