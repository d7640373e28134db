use std::collections::BTreeMap;

use super::{parsed, pseudo, values};

const BODY: &str = "
Parameters: {Nat: {Type: String, Default: 'no'}}
Conditions: {WithNat: !Equals [!Ref Nat, 'yes']}
Resources:
  Vpc: {Type: T}
  Subnet: {Type: T, Properties: {VpcId: !Ref Vpc}}
  Gateway: {Type: T, Condition: WithNat, Properties: {SubnetId: !Ref Subnet}}
  Route: {Type: T, Properties: {Via: !If [WithNat, !Ref Gateway, !GetAtt Vpc.Igw]}, DependsOn: Gateway}
  Service: {Type: T, DependsOn: [Route], Properties: {Own: !Sub ['${Vpc} ${X}', {X: '1', Vpc: mine}], Net: !Sub '${Subnet.Id}'}}
Outputs:
  Nat: {Value: !Ref Gateway, Condition: WithNat}
";

fn waits(nat: &str) -> BTreeMap<String, String> {
    let template = parsed(BODY);
    let values = values(&template, &[("Nat", nat)]);
    let conditions = template.decide_conditions(&values, &pseudo()).unwrap();
    let graph = template.graph(&conditions).unwrap();
    assert_eq!(graph.order().len(), graph.waits_for.len());
    let joined =
        |needed: std::collections::BTreeSet<String>| needed.into_iter().collect::<Vec<_>>().join(" ");
    graph.waits_for.into_iter().map(|(id, needed)| (id, joined(needed))).collect()
}

#[test]
fn who_waits_for_whom_depends_on_conditions() {
    let with = waits("yes");
    assert_eq!((with["Route"].as_str(), with["Gateway"].as_str()), ("Gateway", "Subnet"));
    let without = waits("no");
    assert!(!without.contains_key("Gateway"));
    assert_eq!((without["Route"].as_str(), without["Service"].as_str()), ("Vpc", "Route Subnet"));
    assert_eq!((without["Vpc"].as_str(), without["Subnet"].as_str()), ("", "Vpc"));
}

#[test]
fn order_and_its_reverse() {
    let template = parsed(BODY);
    let values = values(&template, &[]);
    let graph = template.graph(&template.decide_conditions(&values, &pseudo()).unwrap()).unwrap();
    assert_eq!(graph.order(), ["Vpc", "Route", "Subnet", "Service"]);
    assert_eq!(graph.needed_by("Vpc"), ["Route", "Subnet"]);
    assert_eq!(graph.needed_by("Service"), [""; 0]);
}

#[test]
fn what_is_not_made_cannot_be_referred_to() {
    let template = parsed(
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: T, Condition: Never}\n  B: {Type: T, Properties: {P: !Ref A}}\n",
    );
    let conditions = BTreeMap::from([("Never".to_owned(), false)]);
    assert_eq!(
        template.graph(&conditions).unwrap_err().message,
        "Template format error: Unresolved resource dependencies [A] in the Resources block of the template"
    );
    let template = parsed(
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: T, Condition: Never}\n  B: {Type: T}\n\
         Outputs: {O: {Value: !GetAtt A.Arn}}\n",
    );
    assert!(template.graph(&conditions).unwrap_err().message.contains("[A] in the Outputs block"));
}

#[test]
fn circles_of_the_branches_that_are_taken() {
    let template = parsed(
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nResources:\n  \
         A: {Type: T, Properties: {P: !If [C, !Ref B, x]}}\n  B: {Type: T, Properties: {P: !Ref A}}\n",
    );
    let graph = |truth| template.graph(&BTreeMap::from([("C".to_owned(), truth)]));
    assert!(graph(false).is_ok());
    assert_eq!(graph(true).unwrap_err().message, "Circular dependency between resources: [A, B]");
}

#[test]
fn conditions_come_to_true_and_false() {
    let template = parsed(
        "Parameters:\n  A: {Type: String}\n  L: {Type: CommaDelimitedList, Default: 'x,y'}\nMappings: {M: {k: {v: x}}}\nConditions:\n  \
         Z: !Equals [!Ref A, 'true']\n  Y: !And [!Condition Z, !Condition V]\n  X: !Or [!Not [!Condition Z], !Condition Y]\n  \
         V: !Equals [!Select [0, !Ref L], !FindInMap [M, k, v]]\n  U: !Equals [!Ref A, true]\n  T: !Equals [!Join ['', !Ref L], xy]\n\
         Resources: {B: {Type: T}}\n",
    );
    let decide = |value: &str| {
        let values = values(&template, &[("A", value)]);
        let decided = template.decide_conditions(&values, &pseudo()).unwrap();
        ["T", "U", "V", "X", "Y", "Z"].map(|name| decided[name])
    };
    assert_eq!(decide("true"), [true, true, true, true, true, true]);
    assert_eq!(decide("no"), [true, false, true, true, false, false]);
}

#[test]
fn capabilities() {
    let needed = |resources: &str| parsed(&format!("Resources:\n{resources}")).needed();
    assert_eq!(needed("  A: {Type: T}\n"), super::super::Needed::default());
    let iam =
        needed("  A: {Type: 'AWS::IAM::Role', Properties: {}}\n  B: {Type: 'AWS::IAM::InstanceProfile'}\n");
    assert_eq!((iam.capabilities.as_slice(), iam.iam), (&["CAPABILITY_IAM"][..], Some("CAPABILITY_IAM")));
    assert_eq!(
        iam.reason.as_deref(),
        Some("The following resource(s) require capabilities: [AWS::IAM::InstanceProfile, AWS::IAM::Role]")
    );
    assert_eq!(
        needed("  A: {Type: 'AWS::IAM::Role', Properties: {RoleName: r}}\n").capabilities,
        ["CAPABILITY_NAMED_IAM"]
    );
    // An inline policy's name is required, and is not a name of its own.
    assert_eq!(
        needed("  A: {Type: 'AWS::IAM::Policy', Properties: {PolicyName: r}}\n").capabilities,
        ["CAPABILITY_IAM"]
    );
    let nested = needed("  A: {Type: 'AWS::CloudFormation::Stack'}\n");
    assert_eq!(nested.capabilities, ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
    assert_eq!((nested.iam, nested.expand), (None, false));
    let extended = parsed("Transform: AWS::LanguageExtensions\nResources: {A: {Type: T}}\n").needed();
    assert_eq!((extended.capabilities.as_slice(), extended.expand), (&["CAPABILITY_AUTO_EXPAND"][..], true));
}
